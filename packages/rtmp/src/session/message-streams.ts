/** The message streams a client has created, numbered from 1, lowest free number first. */
export class MessageStreams {
  readonly #limit: number
  readonly #open = new Set<number>()

  constructor(limit: number) {
    this.#limit = limit
  }

  /** @returns the new id, or undefined when as many as allowed are open. */
  create(): number | undefined {
    if (this.#open.size >= this.#limit) return undefined
    let id = 1
    while (this.#open.has(id)) id += 1
    this.#open.add(id)
    return id
  }

  delete(id: number): void {
    this.#open.delete(id)
  }
}
