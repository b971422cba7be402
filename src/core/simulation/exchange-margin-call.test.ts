/** The margin call, and what a closeout cannot close at once. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccountValue } from '../domain/account-value.ts';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { Exchange } from './exchange.ts';
import type { OrderSide } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';
import type { Transaction } from '../domain/transaction.ts';

const MONDAY_NOON = Date.UTC(2024, 0, 8, 12);
const FRIDAY = Date.UTC(2024, 0, 12, 21);
const SUNDAY = Date.UTC(2024, 0, 14, 22, 3);
const COSTS = { slippagePoints: 0, commissionPerMillion: 0, conversionMarkup: 0.005, financing: false };
const OPTIONS = { currency: 'USD', costs: COSTS, hedging: false } as const;

/** An account of 100 dollars, kept with its log. */
class Account {
  exchange = new Exchange(OPTIONS);
  readonly log: Transaction[] = [];
  at: number;

  constructor(at = MONDAY_NOON) {
    this.at = at;
    this.log.push(...this.exchange.openAccount(1_000_000, at));
  }

  quote(instrument: string, bid: number, ask = bid): readonly Transaction[] {
    return this.#keep(this.exchange.onQuote({ instrument, at: this.at, bid, ask }));
  }

  trade(side: OrderSide, units: number, instrument = 'EUR_USD'): readonly Transaction[] {
    const terms = { instrument, orderType: 'market', side, units, timeInForce: 'FOK' } as const;
    return this.#keep(this.exchange.submitOrder({ id: 'a', decidedAt: this.at, terms }));
  }

  /** The same account in a new process, which knows no price yet. */
  restart(): void {
    this.exchange = new Exchange(OPTIONS);
    this.exchange.replay(this.log);
  }

  #keep(transactions: readonly Transaction[]): readonly Transaction[] {
    this.log.push(...transactions);
    return transactions;
  }
}

const kinds = (transactions: readonly Transaction[]): readonly string[] =>
  transactions.map((entry) => (entry.type === 'margin-call-changed' ? entry.state : entry.type));

describe('the margin call', () => {
  it('is entered once equity at the middle price is no more than the margin used', () => {
    const account = new Account();
    account.quote('EUR_USD', 110_000);
    account.trade('buy', 2_700);
    // 100 + 2700 × (1.09957 − 1.1) = 98.839 dollars against a margin of 98.863; a point higher 98.866 against 98.864.
    expect(account.quote('EUR_USD', 109_958)).toEqual([]);

    expect(account.quote('EUR_USD', 109_957)).toMatchObject([
      { type: 'margin-call-changed', state: 'entered' },
    ]);
    expect(account.exchange.snapshot()).toMatchObject({
      isMarginCalled: true,
      marginCloseoutPercent: 50_012,
    });
  });

  it('is not repeated while it lasts, and ends 5 % above the margin', () => {
    const account = new Account();
    account.quote('EUR_USD', 110_000);
    account.trade('buy', 2_700);
    account.quote('EUR_USD', 109_900);

    expect(account.quote('EUR_USD', 109_800)).toEqual([]);
    expect(account.quote('EUR_USD', 109_970)).toEqual([]);
    // 100 + 2700 × 0.0015 = 104.05 dollars, and a margin of 99.04, of which 105 % is 103.99.
    expect(account.quote('EUR_USD', 110_140)).toEqual([]);

    expect(account.quote('EUR_USD', 110_150)).toMatchObject([{ state: 'exited' }]);
    expect(account.exchange.snapshot().isMarginCalled).toBe(false);
  });

  it('ends with the last position', () => {
    const account = new Account();
    account.quote('EUR_USD', 110_000);
    account.trade('buy', 2_700);
    account.quote('EUR_USD', 109_900);
    account.trade('sell', 2_700);

    expect(account.quote('EUR_USD', 109_900)).toMatchObject([{ state: 'exited' }]);
  });

  it('lasts through a restart', () => {
    const account = new Account();
    account.quote('EUR_USD', 110_000);
    account.trade('buy', 2_700);
    account.quote('EUR_USD', 109_900);
    account.restart();

    expect(account.exchange.ledger.isMarginCalled).toBe(true);
    expect(account.quote('EUR_USD', 109_900)).toEqual([]);
  });

  it('looks at no price of a closed market', () => {
    const account = new Account(FRIDAY);
    account.quote('EUR_USD', 110_000);
    account.trade('buy', 2_700);
    account.at = SUNDAY - 1;
    expect(account.quote('EUR_USD', 109_000)).toEqual([]);

    account.at = SUNDAY;
    expect(account.quote('EUR_USD', 109_000)).toMatchObject([{ state: 'entered' }]);
  });
});

// Yen become dollars by USD_JPY or by euros, whichever is fresher.
const prices = { EUR_USD: 110_000, GBP_USD: 127_000, USD_JPY: 150_000, EUR_JPY: 165_000 } as const;
const instrument = fc.constantFrom('EUR_USD', 'GBP_USD', 'USD_JPY', 'EUR_JPY');
const step = fc.record({
  instrument,
  waitMs: fc.constantFrom(0, 0, 1_000, 6_000),
  // Mostly small moves, so that many quotes are passed over; sometimes a leap that no margin stands.
  move: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: -150, max: 150 }) },
    { weight: 1, arbitrary: fc.integer({ min: -3_000, max: 3_000 }) },
  ),
  spread: fc.nat(30),
  side: fc.constantFrom<OrderSide>('buy', 'sell'),
  units: fc.constantFrom(0, 0, 0, 300, 1_200),
});
const story = fc.array(step, { minLength: 40, maxLength: 120 });

describe('after every quote', () => {
  it('call and closeout are as the plain rule says, however many quotes were passed over', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(story, (steps) => {
        const account = new Account();
        const bids: Record<string, number> = { ...prices };
        const quotes: Record<string, Quote> = {};
        let isCalled = false;
        for (const { instrument: name, waitMs, move, spread, side, units } of steps) {
          account.at += waitMs;
          const bid = (bids[name] ?? 0) + move;
          bids[name] = bid;
          quotes[name] = { instrument: name, at: account.at, bid, ask: bid + spread };
          account.quote(name, bid, bid + spread);
          const { equity, marginUsed, isInvested } = plainStanding(account.exchange, quotes);
          isCalled = isInvested && equity <= marginUsed * (isCalled ? 1.05 : 1);
          expect(account.exchange.ledger.isMarginCalled).toBe(isCalled);
          expect(isInvested && 2 * equity <= marginUsed).toBe(false);
          if (units > 0) account.trade(side, units, name);
        }
        for (const kind of kinds(account.log)) seen.add(kind);
        if (account.log.some(isCloseout)) seen.add('closeout');
      }),
      { numRuns: 300, seed: 1 },
    );
    expect([...seen]).toEqual(expect.arrayContaining(['entered', 'exited', 'closeout']));
  });
});

function isCloseout(entry: Transaction): boolean {
  return entry.type === 'order-filled' && entry.reason === 'margin_closeout';
}

/** What the account is worth, worked out from its positions and the newest prices alone. */
function plainStanding({ ledger }: Exchange, quotes: Readonly<Record<string, Quote>>) {
  const value = new AccountValue({ currency: 'USD', markup: 0.005, instruments: PAPER_INSTRUMENTS });
  for (const quote of Object.values(quotes)) value.setQuote(quote);
  for (const position of ledger.openPositions.values()) value.setPosition(position);
  const { gains, losses } = value.atMiddle() ?? { gains: 0, losses: 0 };
  return {
    equity: ledger.balance + gains - losses,
    marginUsed: value.marginUsed(),
    isInvested: ledger.openPositions.size > 0,
  };
}

describe('a closeout that cannot close everything', () => {
  /** On Sunday the euro opens so low that all is to be closed, and the pound has no price yet. */
  function closedOut(): Account {
    const account = new Account(FRIDAY);
    account.quote('EUR_USD', 110_000);
    account.quote('GBP_USD', 125_000);
    account.trade('buy', 1_000);
    account.trade('buy', 500, 'GBP_USD');
    account.trade('buy', 500, 'GBP_USD');
    account.at = SUNDAY;
    return account;
  }

  it('notes what it leaves open, and warns', () => {
    const account = closedOut();

    const transactions = account.quote('EUR_USD', 102_000);

    expect(kinds(transactions)).toEqual(['order-created', 'order-filled', 'closure-delayed', 'entered']);
    expect(transactions[2]).toMatchObject({ brokerPositionIds: [6, 8] });
    expect(account.quote('EUR_USD', 102_000)).toEqual([]);
  });

  it.each([false, true])(
    'closes it at its first price, also when money came in (restarted: %s)',
    (restarts) => {
      const account = closedOut();
      account.quote('EUR_USD', 102_000);
      account.log.push(...account.exchange.transferFunds(50_000_000, SUNDAY));
      if (restarts) account.restart();
      account.quote('EUR_USD', 102_000);

      const transactions = account.quote('GBP_USD', 126_000);

      expect(transactions.filter(({ type }) => type === 'order-filled')).toMatchObject([
        { reason: 'margin_closeout', price: 126_000, closed: [{ brokerPositionId: 6 }] },
        { reason: 'margin_closeout', price: 126_000, closed: [{ brokerPositionId: 8 }] },
      ]);
      expect(account.exchange.ledger).toMatchObject({ isMarginCalled: false, delayedClosures: new Set() });
      expect(account.quote('GBP_USD', 126_000)).toEqual([]);
    },
  );

  it('leaves alone what was opened since', () => {
    const account = closedOut();
    account.quote('EUR_USD', 102_000);
    account.log.push(...account.exchange.transferFunds(50_000_000, SUNDAY));
    account.trade('buy', 100);
    account.quote('GBP_USD', 126_000);

    expect([...account.exchange.ledger.openPositions.values()]).toMatchObject([{ instrument: 'EUR_USD' }]);
  });

  it('leaves alone what opens at that first price', () => {
    const account = new Account(FRIDAY);
    account.quote('EUR_USD', 110_000);
    account.quote('GBP_USD', 125_000);
    account.trade('buy', 1_000);
    account.trade('buy', 500, 'GBP_USD');
    const terms = { instrument: 'GBP_USD', orderType: 'limit', side: 'buy', timeInForce: 'GTC' } as const;
    const entry = { ...terms, units: 100, price: 124_000 };
    account.exchange.submitOrder({ id: 'b', decidedAt: FRIDAY, terms: entry });
    account.at = SUNDAY;
    account.quote('EUR_USD', 102_000);
    account.exchange.transferFunds(50_000_000, SUNDAY);

    account.quote('GBP_USD', 123_900);

    expect([...account.exchange.ledger.openPositions.values()]).toMatchObject([
      { instrument: 'GBP_USD', openUnits: 100 },
    ]);
  });

  it.each([false, true])(
    'closes it at the first price of its own after a halt, though that moves nothing (money came in: %s)',
    (comesIn) => {
      const account = new Account();
      account.quote('GBP_USD', 125_000);
      account.quote('EUR_GBP', 88_000);
      account.trade('buy', 2_000, 'EUR_GBP');
      account.quote('EUR_GBP', 86_000);
      const halted = { isHalted: true, hasNoBid: false, hasNoAsk: false };
      account.exchange.restrictMarket('EUR_GBP', halted);

      // The pound makes a loss of 40 pounds, and the margin, larger than the account stands.
      expect(kinds(account.quote('GBP_USD', 250_000))).toContain('closure-delayed');
      account.exchange.restrictMarket('EUR_GBP', { ...halted, isHalted: false });
      if (comesIn) {
        account.exchange.transferFunds(50_000_000, MONDAY_NOON);
        expect(kinds(account.quote('GBP_USD', 250_000))).toEqual(['exited']);
      }

      expect(account.quote('EUR_GBP', 86_000).slice(0, 2)).toMatchObject([
        { type: 'order-created', reason: 'margin-closeout' },
        { type: 'order-filled', reason: 'margin_closeout', price: 86_000 },
      ]);
    },
  );

  it('waits, after a restart, for the price that converts the result', () => {
    const account = new Account(FRIDAY);
    account.quote('USD_JPY', 150_000);
    account.quote('EUR_USD', 110_000);
    account.quote('EUR_JPY', 165_000);
    account.trade('buy', 1_000);
    account.trade('buy', 500, 'EUR_JPY');
    account.at = SUNDAY;
    expect(kinds(account.quote('EUR_USD', 102_000))).toContain('closure-delayed');
    account.restart();

    expect(account.quote('EUR_JPY', 165_000)).toEqual([]);
    account.quote('USD_JPY', 150_000);
    expect(kinds(account.quote('EUR_JPY', 165_000)).slice(0, 2)).toEqual(['order-created', 'order-filled']);
  });
});
