/** How many signals of strategies met a closed market, and what became of each. */

/** Signals by what became of them; the others add up to `signals`. */
export interface SignalCounts {
  readonly signals: number;
  /** Traded at the market after it opened. */
  readonly filled: number;
  /** Entries with a price of their own that the broker took after it opened. */
  readonly placed: number;
  /** Denied by a rule, ended by the broker, dropped with what was to come before, or with their strategy. */
  readonly lapsed: number;
  /** Entries in whose place their strategy wanted others before the market opened. */
  readonly replaced: number;
  /** Still waiting, or on their way to the broker. */
  readonly waiting: number;
}

/** The same for entries and exits. */
export interface ClosedMarketCounts {
  readonly entries: SignalCounts;
  readonly exits: SignalCounts;
}
