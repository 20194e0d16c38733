import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What sessions need to know of the models in one folder. */
export interface FolderOptions {
  /**
   * Constant matrices are packed when a session is made: a private copy, but products of many rows by them sum in the same order
   * whatever the number of rows.
   */
  readonly packsMatrices: boolean
}

const fileIn = (folder: string): string => join(folder, 'session.json')

/** Says how sessions of the models in a folder are made. To be written before the first of them. */
export const writeFolderOptions = (folder: string, options: FolderOptions): Promise<void> =>
  writeFile(fileIn(folder), JSON.stringify(options))

/** The options of a model's folder; nothing is packed where it has none. @throws Error where the file is damaged */
export async function folderOptions(model: string): Promise<FolderOptions> {
  const path = fileIn(dirname(model))
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return { packsMatrices: false }
  const { packsMatrices } = JSON.parse(text) as Partial<FolderOptions>
  if (typeof packsMatrices !== 'boolean') throw new Error(`${path} is damaged`)
  return { packsMatrices }
}
