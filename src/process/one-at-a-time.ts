/** Work about one thing that waits for the work about it that was asked for before. Work about different things does not. */
export class OneAtATime {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does `work` about the thing with this id: when all before it has ended, or at once and only the later work waits for it. */
  async run<T>(id: string, { waits }: { readonly waits: boolean }, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(id);
    const turn = waits && before ? before.then(work) : work();
    const ended = Promise.allSettled([before, turn]);
    this.#last.set(id, ended);
    try {
      return await turn;
    } finally {
      if (this.#last.get(id) === ended) this.#last.delete(id);
    }
  }
}
