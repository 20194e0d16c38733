import { DatasetError } from '../errors.ts'
import { isImagePath, type SourceFile } from '../files.ts'
import type { Rows } from './build-index.ts'
import { classPositions, listedFindings, unknownClass } from './classes.ts'

const classOf = ({ path }: SourceFile): string => path.slice(0, path.indexOf('/'))

/** Images in folders: the first folder of a path is the class. */
export function rowsOfFolders(all: readonly SourceFile[], given: readonly string[] | undefined): Rows {
  const files = all.filter(({ path }) => isImagePath(path))
  const loose = files.filter(({ path }) => !path.includes('/')).map(({ path }) => path)
  if (loose.length > 0) {
    const message = `${loose.length} images lie in no class folder, such as ${loose[0]}; put them into folders named after their classes, or name their labels in a manifest.jsonl.`
    throw new DatasetError('dataset-invalid', message, { details: { paths: loose.slice(0, listedFindings) } })
  }
  const { classes, position } = classPositions(files.map(classOf), given)
  const labels = files.map((file) => {
    const found = position(classOf(file))
    if (found === undefined) throw unknownClass(classOf(file), file.path)
    return [found]
  })
  return { files, labels, classes, labelling: 'names' }
}
