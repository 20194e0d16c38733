import { writeFile } from 'node:fs/promises'
import { pages } from './blocks.ts'

for (const { path, generated } of await pages()) await writeFile(path, generated)
