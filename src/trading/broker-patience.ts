/** How long the server waits for a broker before it continues without the answer. What is open then is found out later. */
export interface BrokerPatience {
  /** A person who asked for something: the answer is then "submitted, look again" (ms). */
  readonly personMs: number;
  /** A stop, for what was sent to be answered. The rest stays submitted, and the next start finds out (ms). */
  readonly stopMs: number;
}

export const BROKER_PATIENCE: BrokerPatience = { personMs: 5_000, stopMs: 5_000 };
