/** What a request counts as, of the requests that one sender may make in a minute. The one table; routes name a line of it. */
export const REQUEST_COSTS = {
  /** A question or a change: a few queries. */
  usual: 1,
  /** Orders, and what ends them, positions or strategies: counted apart, so that nothing else that a person does keeps them from it. */
  trade: 1,
  /** Two tokens can be tried with it: one in the cookie, one in a frame. */
  socket: 2,
  /** Up to hundreds of rows are read and written out. */
  page: 4,
  /** Thousands of rows are read. */
  history: 20,
  /** Seconds to minutes of a thread. */
  backtest: 60,
  /** A file, or a history at a broker. */
  import: 200,
} as const;

export type RequestCost = keyof typeof REQUEST_COSTS;
