/** What a person asks of the order desk. `id` is that of the request, the same for every repetition of it; its order gets it too. */

import type { Instrument } from '../../core/domain/instrument.ts';
import type { Instruments } from '../../core/domain/instruments.ts';
import type { CloseOutRequest, OrderTerms, ProtectionRequest } from '../../core/domain/order.ts';
import type { StoredPosition } from '../positions/position-store.ts';
import type { StoredOrder } from './order-store.ts';
import type { Precondition } from '../../http/preconditions.ts';

/** Whose request it is, and which. */
export interface PersonRequest {
  readonly id: string;
  /** No earlier attempt can have left an order under this id. */
  readonly isFirstAttempt?: boolean;
  readonly userId: string;
}

/** A person's order; its terms are read with what the account can trade. */
export interface PersonOrder extends PersonRequest {
  readonly accountId: string;
  readonly terms: (instruments: Instruments) => OrderTerms;
}

/** A person's order that protects a position of the account; its terms follow from the position. */
export interface PersonProtection extends PersonRequest {
  readonly accountId: string;
  readonly positionId: string;
  readonly terms: (position: StoredPosition, instrument: Instrument) => OrderTerms;
}

/** A person's request to close the net position of an instrument, all of it or some units. */
export interface PersonCloseOut extends PersonRequest, Omit<CloseOutRequest, 'decidedAt' | 'id'> {
  readonly accountId: string;
}

/** A person's request to put an order in the place of a resting one; `change` makes its terms of those that it has. */
export interface PersonReplacement extends PersonRequest {
  readonly orderId: string;
  readonly change: (order: StoredOrder, instrument: Instrument) => OrderTerms;
  readonly precondition: Precondition<StoredOrder> | undefined;
}

/** A person's request to close a position, all of it or some units. */
export interface PersonClose extends PersonRequest {
  readonly positionId: string;
  readonly units?: number | undefined;
}

/** A person's request to close every position of an account. */
export type PersonCloseAll = Pick<PersonOrder, 'id' | 'userId' | 'accountId'>;

/** What to protect a position with: undefined leaves a part as it is, null removes it. */
export type ProtectionChange = Pick<
  ProtectionRequest,
  'takeProfit' | 'stopLoss' | 'stopLossDistance' | 'trailingDistance'
>;
