/** Objects that one `putAll` writes at the same time. */
const writers = 8

/**
 * Does something with every item, some at a time. After a failure no further item is begun; the first failure is thrown once
 * those under way have ended.
 */
export async function forEachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = []
  let next = 0
  const writer = async () => {
    while (next < items.length && failures.length === 0) {
      await work(items[next++]!).catch((error: unknown) => failures.push(error))
    }
  }
  await Promise.all(Array.from({ length: Math.min(writers, items.length) }, writer))
  if (failures.length > 0) throw failures[0]
}
