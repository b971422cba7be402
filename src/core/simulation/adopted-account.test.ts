/** An account that is taken over in the middle of its life continues as the one that saw all of it. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_COSTS } from './costs.ts';
import { Exchange } from './exchange.ts';
import { adoptionOf } from '../domain/adoption.ts';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { AccountAdopted, Transaction } from '../domain/transaction.ts';

const MONDAY_NOON = Date.UTC(2024, 0, 8, 12);

const action = fc.record({
  kind: fc.constantFrom('quote', 'quote', 'market', 'limit', 'touched', 'close', 'cancel'),
  side: fc.constantFrom('buy', 'sell'),
  units: fc.integer({ min: 1, max: 20_000 }),
  move: fc.integer({ min: -300, max: 300 }),
  isProtected: fc.boolean(),
});
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** An exchange that is driven by drawn actions; two of them that get the same ones see the same market. */
class DrivenExchange {
  readonly exchange: Exchange;
  #price = 110_000;
  #at = MONDAY_NOON;
  #requests = 0;

  constructor(hedging: boolean, twin?: DrivenExchange) {
    this.exchange = new Exchange({
      currency: 'JPY',
      costs: { ...DEFAULT_COSTS, commissionPerMillion: 5_000 },
      hedging,
      instruments: PAPER_INSTRUMENTS,
    });
    if (!twin) return;
    this.#price = twin.#price;
    this.#at = twin.#at;
    this.#requests = twin.#requests;
  }

  act({ kind, side, units, move, isProtected }: Action): readonly Transaction[] {
    this.#requests += 1;
    const id = `r${this.#requests}`;
    const { openPositions, openOrders } = this.exchange.ledger;
    const brokerPositionId = pick([...openPositions.keys()], units);
    const brokerOrderId = pick([...openOrders.keys()], units);
    const terms = { instrument: 'EUR_USD', side, units } as const;
    switch (kind) {
      case 'quote':
        return this.#quote(move);
      case 'market':
        return this.#submit(id, {
          ...terms,
          orderType: 'market',
          timeInForce: 'FOK',
          ...(isProtected && { trailingDistance: 200 }),
        });
      case 'limit':
        return this.#submit(id, {
          ...terms,
          orderType: 'limit',
          price: this.#price + move,
          timeInForce: 'GTC',
        });
      case 'touched':
        return this.#submit(id, {
          ...terms,
          orderType: 'market_if_touched',
          price: this.#price + move,
          timeInForce: 'GFD',
          ...(isProtected && { stopLossDistance: 200 }),
        });
      case 'close':
        if (brokerPositionId === undefined) return [];
        return this.exchange.closePosition({ id, brokerPositionId, decidedAt: this.#at });
      case 'cancel':
        if (brokerOrderId === undefined) return [];
        return this.exchange.cancelOrder(brokerOrderId, this.#at);
    }
  }

  /** What the broker would show of the account now. */
  adopted(): AccountAdopted {
    const { ledger } = this.exchange;
    const levels = this.exchange
      .saveState()
      .trailingLevels.map(({ orderId, level }) => [orderId, level] as const);
    const adopted = adoptionOf(ledger, this.#at, new Map(levels));
    // A broker lists the newest first.
    const { positions, orders } = adopted;
    return { ...adopted, positions: positions.toReversed(), orders: orders.toReversed() };
  }

  #quote(move: number): readonly Transaction[] {
    this.#at += 1_000;
    this.#price = Math.max(50_000, this.#price + move);
    const yen = { instrument: 'USD_JPY', at: this.#at, bid: 150_000, ask: 150_010 };
    const euro = { instrument: 'EUR_USD', at: this.#at, bid: this.#price, ask: this.#price + 10 };
    return [...this.exchange.onQuote(yen), ...this.exchange.onQuote(euro)];
  }

  #submit(id: string, terms: OrderTerms): readonly Transaction[] {
    return this.exchange.submitOrder({ id, terms, strategyId: 's', decidedAt: this.#at });
  }
}

function pick<T>(items: readonly T[], seed: number): T | undefined {
  return items[seed % Math.max(1, items.length)];
}

/** Without what only the account that saw all can know of what was open: who asked for it, and where its stops were at first. */
function known(value: unknown): unknown {
  const unknown = new Set(['clientOrderId', 'strategyId', 'orderId', 'createdBy', 'trailingLevel']);
  return JSON.parse(JSON.stringify(value, (key, part) => (unknown.has(key) ? undefined : part)));
}

describe('an adopted account', () => {
  it('writes the same log from then on, and has the same money, positions and orders', () => {
    const actions = fc.array(action, { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.boolean(), actions, actions, (hedging, before, after) => {
        const whole = new DrivenExchange(hedging);
        whole.exchange.openAccount(1_500_000_0000, MONDAY_NOON);
        whole.act({ kind: 'quote', side: 'buy', units: 1, move: 0, isProtected: false });
        for (const drawn of before) whole.act(drawn);

        const adopted = new DrivenExchange(hedging, whole);
        adopted.exchange.replay([whole.adopted()]);
        adopted.exchange.restoreState(whole.exchange.saveState());

        for (const drawn of after) expect(known(adopted.act(drawn))).toEqual(known(whole.act(drawn)));
        expect(adopted.exchange.snapshot()).toEqual(whole.exchange.snapshot());
        const { openPositions, openOrders } = whole.exchange.ledger;
        expect(known([...adopted.exchange.ledger.openPositions])).toEqual(known([...openPositions]));
        expect(known([...adopted.exchange.ledger.openOrders])).toEqual(known([...openOrders]));
      }),
      { numRuns: 200 },
    );
  });
});
