/** What people ask of a running account: each request goes into its mailbox, and is judged there as a strategy's is. */

import type {
  CloseOutRequest,
  CloseRequest,
  OrderRequest,
  OrderTerms,
  ProtectionRequest,
} from '../../core/domain/order.ts';
import type { Engine } from '../../core/engine/engine.ts';
import type { OrderPreview } from '../../core/engine/order-preview.ts';
import type { AccountLoop } from '../account-loop.ts';
import type { LiveAccountParts } from '../live-account-parts.ts';
import type { PendingRequest } from '../mailbox-item.ts';

/** Takes requests of one account, each decided at the market time at which it is asked for. */
export class LiveRequests {
  readonly #engine: Engine;
  readonly #loop: AccountLoop;

  constructor({ engine, loop }: Pick<LiveAccountParts, 'engine' | 'loop'>) {
    this.#engine = engine;
    this.#loop = loop;
  }

  /** Places an order, unless a rule denies it. */
  place(order: Pick<OrderRequest, 'id' | 'terms' | 'replaces' | 'protects'>): PendingRequest {
    return this.#loop.ask({
      type: 'order-requested',
      request: { ...order, decidedAt: this.#engine.at },
    });
  }

  /** What an order would come to if it were placed now; nothing changes. */
  preview(order: Pick<OrderRequest, 'terms' | 'protects'>): OrderPreview {
    this.#loop.showQuotes();
    return this.#engine.preview(order);
  }

  /** What an order asks for that the engine let pass and whose end it does not know yet; undefined when there is none with this id. */
  termsInFlight(orderId: string): OrderTerms | undefined {
    return this.#engine.termsInFlight(orderId);
  }

  /** Closes the net position of an instrument, or some units of it. */
  closeOut(closing: Omit<CloseOutRequest, 'decidedAt'>): PendingRequest {
    return this.#loop.ask({
      type: 'close-out-requested',
      request: { ...closing, decidedAt: this.#engine.at },
    });
  }

  /** Closes a position, or some units of it. */
  closePosition(close: Pick<CloseRequest, 'id' | 'brokerPositionId' | 'units'>): PendingRequest {
    return this.#loop.ask({
      type: 'close-requested',
      request: { ...close, decidedAt: this.#engine.at },
    });
  }

  /** Cancels an order by its id with us or, for one that the broker made, by its number there as text. */
  cancel(orderId: string): PendingRequest {
    return this.#loop.ask({ type: 'cancel-requested', orderId });
  }

  /** Changes what protects a position. */
  protect(change: Omit<ProtectionRequest, 'decidedAt'>): PendingRequest {
    return this.#loop.ask({
      type: 'protection-requested',
      request: { ...change, decidedAt: this.#engine.at },
    });
  }
}
