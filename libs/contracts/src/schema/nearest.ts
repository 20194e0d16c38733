/** Number of insertions, deletions and substitutions between two strings (Levenshtein). */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(substitution, previous[j]! + 1, row[j - 1]! + 1))
    }
    previous = row
  }
  return previous[b.length]!
}

/** Edits that still look like a slip of the pen: a third of the longer name, at least two. */
const slack = (a: string, b: string) => Math.max(2, Math.floor(Math.max(a.length, b.length) / 3))

/** How far apart two names are for a reader: letter case is free, and a part of a name is near the name. */
function remoteness(wanted: string, name: string): number {
  const [a, b] = [wanted.toLowerCase(), name.toLowerCase()]
  return a !== '' && b.includes(a) ? Math.min(1, distance(a, b)) : distance(a, b)
}

/**
 * The names nearest to one that was not found, nearest first, ties in the order given.
 * @param limit how many at most
 */
export function nearest(wanted: string, names: Iterable<string>, limit = 3): string[] {
  // A hostile name must not cost quadratic time.
  const probe = wanted.slice(0, 128)
  return [...names]
    .map((name) => ({ name, edits: remoteness(probe, name) }))
    .filter(({ name, edits }) => edits <= slack(probe, name))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, limit)
    .map(({ name }) => name)
}

/** The end of a sentence that names what may have been meant; empty where there is nothing. */
export const nearestNames = (suggestions: readonly string[] = []): string =>
  suggestions.length > 0 ? `; nearest: ${suggestions.join(', ')}` : ''
