/** What is asked of a list: one page of it, and the time that its rows are of. */

/** One page of a list, newest first: at most `limit` rows whose id sorts before `before`. */
export interface PageRequest {
  readonly limit: number;
  readonly before?: string | undefined;
}

/** A range of time in UTC ms: from `from` on and before `until`; open where one is missing. */
export interface TimeRange {
  readonly from?: number | undefined;
  readonly until?: number | undefined;
}
