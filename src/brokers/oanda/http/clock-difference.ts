/** How far the clock of this machine is from OANDA's, by the header `Date` of its answers, which has whole seconds. */

const DATE_STEP_MS = 1_000;

/** An exchange: when it began and ended by the clock of this machine (UTC ms), and its header `Date`. */
export interface DatedExchange {
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly date: string | undefined;
}

/** The newest difference that is certain. */
export class ClockDifference {
  #aheadMs: number | undefined;

  /**
   * How far this machine is ahead at least (ms), below zero when it is behind; 0 when an answer could have been written in the time that it
   * took. Undefined before the first answer.
   */
  get aheadMs(): number | undefined {
    return this.#aheadMs;
  }

  /** Takes an exchange. It was answered between its two ends, and within the second that its `Date` names. */
  note({ sentAt, receivedAt, date }: DatedExchange): void {
    const datedAt = Date.parse(date ?? '');
    if (Number.isNaN(datedAt)) return;
    const least = sentAt - (datedAt + DATE_STEP_MS);
    const most = receivedAt - datedAt;
    this.#aheadMs = least > 0 ? least : Math.min(most, 0);
  }
}
