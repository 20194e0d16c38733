import { DatasetError } from '../errors.ts'

/** A way from the names of classes to their positions. */
export interface ClassPositions {
  readonly classes: readonly string[]
  /** Undefined for a name that is not among the given ones. */
  position(name: string): number | undefined
}

/** Positions in the given list, or else in the byte order of the names that occur. */
export function classPositions(
  names: Iterable<string>,
  given: readonly string[] | undefined,
): ClassPositions {
  const classes = given ?? [...new Set(names)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const positions = new Map(classes.map((name, i) => [name, i]))
  return { classes, position: (name) => positions.get(name) }
}

/** Names of classes that are only known by number. */
export const numberedClasses = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i))

/** How many findings an error lists. */
export const listedFindings = 20

/** The error of a class that `classes` does not name. */
export function unknownClass(name: string, where: string): DatasetError {
  return new DatasetError(
    'dataset-invalid',
    `${where}: the class ${JSON.stringify(name)} is not in \`classes\`.`,
    {
      pointer: '/classes',
      details: { class: name },
    },
  )
}
