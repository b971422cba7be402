import type { Log } from './log.ts';

/** Something that fails again and again until it works again. The log has a line when that begins and one when it is over, not one for each try. */
export class Outage {
  #sinceMs: number | undefined;

  /** It failed; returns whether it worked before. */
  begin(): boolean {
    const isNew = this.#sinceMs === undefined;
    this.#sinceMs ??= performance.now();
    return isNew;
  }

  /** It works; when it did not, writes `message` with these fields and for how long (seconds, with one decimal). */
  end(log: Pick<Log, 'info'>, message: string, fields: object = {}): void {
    if (this.#sinceMs === undefined) return;
    const seconds = Math.round((performance.now() - this.#sinceMs) / 100) / 10;
    this.#sinceMs = undefined;
    log.info({ ...fields, seconds }, message);
  }
}
