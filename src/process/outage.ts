/** Something that fails again and again until it works again. The log has a line when that begins and one when it is over, not one for each try. */
export class Outage {
  #sinceMs: number | undefined;

  /** It failed; returns whether it worked before. */
  begin(): boolean {
    const isNew = this.#sinceMs === undefined;
    this.#sinceMs ??= performance.now();
    return isNew;
  }

  /** It works; returns for how long it did not (seconds, with one decimal), undefined when it did. */
  end(): number | undefined {
    if (this.#sinceMs === undefined) return undefined;
    const seconds = Math.round((performance.now() - this.#sinceMs) / 100) / 10;
    this.#sinceMs = undefined;
    return seconds;
  }
}
