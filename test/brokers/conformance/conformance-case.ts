/** What a conformance case is. */
import type { Bench } from './bench.ts';
import type { BrokerName } from './venues.ts';

export interface ConformanceCase {
  /** What a broker can do, as docs/brokers.md lists it. */
  readonly name: string;
  readonly hedging?: true;
  /** Brokers that cannot do it, and what they do instead. The case checks that, when it is given the name of one. */
  readonly lacking?: Partial<Readonly<Record<BrokerName, string>>>;
  readonly run: (bench: Bench, broker: BrokerName) => Promise<void>;
}
