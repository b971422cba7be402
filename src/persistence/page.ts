/** One page of a list, newest first: at most `limit` rows whose id sorts before `before`. */
export interface PageRequest {
  readonly limit: number;
  readonly before?: string | undefined;
}
