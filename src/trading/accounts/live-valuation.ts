/** A running account in numbers, as its engine knows them at this moment. */

import { positionRowId } from '../../core/domain/projection.ts';
import type { AccountSnapshot } from '../../core/domain/account.ts';
import type { PricePrecision } from '../../core/domain/instrument.ts';
import type { Instruments } from '../../core/domain/instruments.ts';
import type { PositionValue } from '../../core/domain/position-value.ts';
import type { AccountFigures } from '../../core/engine/account-figures.ts';
import type { Engine } from '../../core/engine/engine.ts';
import type { ClockWatch } from '../clock-watch.ts';
import type { LiveAccountParts } from '../live-account-parts.ts';

/** The account in numbers at this moment. */
export interface LiveSummary {
  readonly snapshot: AccountSnapshot;
  readonly figures: AccountFigures;
  /** Whether new exposure is denied; a rule may halt until the next trading day. */
  readonly isHalted: boolean;
  readonly openOrders: number;
  readonly openPositions: number;
  /** See `Broker.clockAheadMs`. */
  readonly clockAheadMs: number | undefined;
}

/** An open position's row, and what it is worth at this moment. */
export interface LivePositionValue extends PositionValue, PricePrecision {
  readonly id: string;
}

/** What the account and its open positions are worth at this moment; a position whose price is missing is left out. */
export interface LiveValues {
  readonly snapshot: AccountSnapshot;
  readonly positions: readonly LivePositionValue[];
}

/** Values one account and what it holds. */
export class LiveValuation {
  readonly #accountId: string;
  readonly #engine: Engine;
  readonly #instruments: Instruments;
  readonly #clock: ClockWatch;
  readonly #loop: LiveAccountParts['loop'];

  constructor({
    account,
    broker,
    engine,
    clock,
    loop,
  }: Pick<LiveAccountParts, 'account' | 'broker' | 'engine' | 'clock' | 'loop'>) {
    this.#clock = clock;
    this.#loop = loop;
    this.#accountId = account.id;
    this.#engine = engine;
    this.#instruments = broker.instruments;
  }

  /** The account in numbers. */
  summary(): LiveSummary {
    this.#loop.showQuotes();
    const { ledger, isHalted } = this.#engine;
    return {
      snapshot: this.#engine.snapshot(),
      figures: this.#engine.figures(),
      isHalted,
      openOrders: ledger.openOrders.size,
      openPositions: ledger.openPositions.size,
      clockAheadMs: this.#clock.aheadMs,
    };
  }

  /** What the account and its open positions are worth now. */
  values(): LiveValues {
    const positions = [...this.#engine.ledger.openPositions.values()].flatMap((position) => {
      const value = this.#engine.valueOf(position.brokerPositionId);
      const instrument = this.#instruments.find(position.instrument);
      if (value === undefined || instrument === undefined) return [];
      const { pricePrecision } = instrument;
      return [{ id: positionRowId(this.#accountId, position), pricePrecision, ...value }];
    });
    return { snapshot: this.#engine.snapshot(), positions };
  }

  /** The account's money now; undefined while a price is missing that its equity needs, or nothing of its log is known. */
  snapshot(): AccountSnapshot | undefined {
    const isKnown = this.#engine.isValued && this.#engine.ledger.lastTransactionId > 0;
    return isKnown ? this.#engine.snapshot() : undefined;
  }

  /** What an open position is worth now, by its number at the broker; undefined when it is not known. */
  ofPosition(brokerPositionId: number): PositionValue | undefined {
    return this.#engine.valueOf(brokerPositionId);
  }
}
