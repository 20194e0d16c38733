/** Lets one at a time in, first come first served. */
export class Turns {
  #last: Promise<void> = Promise.resolve()

  /** Waits for a turn. It ends when the function that it gives is called. */
  async take(): Promise<() => void> {
    let end!: () => void
    const mine = new Promise<void>((resolve) => {
      end = resolve
    })
    const before = this.#last
    this.#last = mine
    await before
    return end
  }
}
