/** The history of prices that the broker of an account keeps. Types only. */

import type { Broker } from '../../brokers/broker.ts';
import type { Instruments } from '../../core/domain/instruments.ts';

/** A broker that is open for a while, to read its history. */
export type OpenHistory = Pick<Broker, 'candlePage' | 'close'>;

/** The way to histories. */
export interface BrokerHistories {
  /** Whose account it is. Refuses one that there is not. */
  readonly ownerOf: (accountId: string) => Promise<string>;
  /** What can be traded on an account whose broker keeps a history. Refuses any other account, and one that is not the person's. */
  readonly instrumentsOf: (userId: string, accountId: string) => Promise<Instruments>;
  /** Opens the broker of an account. Rejects with a Problem, see the broker port. */
  readonly open: (accountId: string) => Promise<OpenHistory>;
}
