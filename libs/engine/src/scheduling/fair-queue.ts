/** What a queue needs to know of what waits in it. */
export interface Waiting {
  /** Higher goes first, whatever waits below it. */
  readonly priority: number
  /** On whose behalf it waits. */
  readonly tenant: string
  /** Work, in any unit that all of them share; above zero. */
  readonly cost: number
}

interface Place<T> {
  readonly item: T
  /** Virtual time at which the tenant's turn comes. */
  readonly start: number
}

/** What waits at one priority, in the order of start-time fair queueing. */
class Lane<T extends Waiting> {
  readonly places: Place<T>[] = []
  /** By tenant: the virtual time at which all that it has asked for is done. */
  readonly #finished = new Map<string, number>()
  #now = 0

  push(item: T): void {
    const start = Math.max(this.#now, this.#finished.get(item.tenant) ?? 0)
    this.#finished.set(item.tenant, start + item.cost)
    const after = this.places.findLastIndex((place) => place.start <= start)
    this.places.splice(after + 1, 0, { item, start })
  }

  remove(item: T): boolean {
    const index = this.places.findIndex((place) => place.item === item)
    if (index < 0) return false
    const [{ start }] = this.places.splice(index, 1) as [Place<T>]
    this.#advance(start)
    return true
  }

  #advance(start: number): void {
    this.#now = Math.max(this.#now, start)
    for (const [tenant, end] of this.#finished) if (end <= this.#now) this.#finished.delete(tenant)
    if (this.places.length > 0) return
    // Nobody waits, so nobody is behind.
    this.#finished.clear()
    this.#now = 0
  }
}

/**
 * What waits for the engine: by priority, and inside a priority shared out fairly among tenants by start-time fair queueing
 * (Goyal, Vin and Cheng 1996): however much one of them asks for, the others' turns come as if each had a queue of its
 * own. One tenant's own requests keep their order.
 */
export class FairQueue<T extends Waiting> {
  readonly #lanes = new Map<number, Lane<T>>()

  get length(): number {
    return [...this.#lanes.values()].reduce((sum, { places }) => sum + places.length, 0)
  }

  push(item: T): void {
    const lane = this.#lanes.get(item.priority) ?? new Lane<T>()
    this.#lanes.set(item.priority, lane)
    lane.push(item)
  }

  /** Whether the item was waiting; it no longer is. */
  remove(item: T): boolean {
    return this.#lanes.get(item.priority)?.remove(item) ?? false
  }

  /** Whose turn it is, or nothing where nobody waits. */
  peek(): T | undefined {
    return this.inTurn().next().value
  }

  /** All that wait, in the order of their turns. */
  *inTurn(): Generator<T, undefined> {
    const priorities = [...this.#lanes.keys()].sort((a, b) => b - a)
    for (const priority of priorities) {
      for (const { item } of this.#lanes.get(priority)!.places) yield item
    }
  }
}
