/** What is asked of a list, one page of it and the time that its rows are of, and rows of one that are JSON. */

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

/** A row as a JSON object of its fields, and of nothing else that it has. */
export interface JsonRow<View> {
  readonly id: string;
  readonly json: string;
  /** What the compiler knows the JSON by; never there. */
  readonly view?: View;
}
