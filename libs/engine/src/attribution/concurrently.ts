/**
 * Calls an asynchronous function for every item, at most `limit` at a time; the results are in the order of the items.
 * After a failure no further item is begun, and the first failure is thrown once those under way have ended.
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  call: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const failures: unknown[] = []
  let next = 0
  const work = async () => {
    while (next < items.length && failures.length === 0) {
      const index = next++
      try {
        results[index] = await call(items[index]!, index)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work))
  if (failures.length > 0) throw failures[0]
  return results
}
