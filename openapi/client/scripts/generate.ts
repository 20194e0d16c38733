import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { generated } from './generated.ts'

for (const [path, content] of await generated()) {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
}
