/** What a check of the server found. */

/** `warn`: nothing is broken yet. `fail`: something is. */
export interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'warn' | 'fail';
  /** What was found, and what to do about it. */
  readonly said: string;
}
