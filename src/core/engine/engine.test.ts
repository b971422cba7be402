import { describe, expect, it } from 'vitest';
import { InvariantError } from '../shared/assert.ts';
import { NO_EFFECTS } from './effect.ts';
import { Engine } from './engine.ts';
import { tradingDayEnd } from '../domain/trading-calendar.ts';
import { countIds, only, TEN_O_CLOCK, TestAccount } from './testing/account.ts';
import { ScriptedStrategy } from './testing/scripted-strategy.ts';
import { WrittenLog } from './testing/written-log.ts';
import type { RiskLimits } from '../domain/account.ts';
import type { OrderRequest, OrderTerms } from '../domain/order.ts';
import type { Effect } from './effect.ts';

const BUY: OrderTerms = {
  instrument: 'EUR_USD',
  orderType: 'market',
  side: 'buy',
  units: 1_000,
  timeInForce: 'FOK',
};
const BUY_LIMIT: OrderTerms = { ...BUY, orderType: 'limit', price: 109_000, timeInForce: 'GTC' };

const order = (id: string, terms: Partial<OrderTerms> = {}): OrderRequest => ({
  id,
  terms: { ...BUY, ...terms },
  decidedAt: TEN_O_CLOCK,
});

/** After Tuesday, 5 March 2024. */
const SATURDAY = Date.UTC(2024, 2, 9, 12);
const SUNDAY_OPENING = Date.UTC(2024, 2, 10, 21, 3);

const place = (account: TestAccount, request: OrderRequest): readonly Effect[] =>
  account.engine.step({ type: 'order-requested', request });

/** An account with a first price. */
function start(limits: RiskLimits = {}): TestAccount {
  const account = new TestAccount({ limits });
  account.quote(0, 110_000);
  return account;
}

/** The same with a person's position number 4: 10,000 EUR_USD bought at 1.10010. */
function startLong(limits: RiskLimits = {}): TestAccount {
  const account = start(limits);
  account.show(account.log.acceptAndFill(order('p-0', { units: 10_000 }), 110_010));
  return account;
}

const typesOf = (effects: readonly Effect[]): string[] => effects.map(({ type }) => type);
const codesOf = (effects: readonly Effect[]): string[] => only(effects, 'deny').map(({ code }) => code);

describe('transactions', () => {
  it('give what they changed in the ledger, once', () => {
    const account = startLong();
    const fills = account.log.acceptAndFill(order('p-1', { units: 5_000 }), 110_020);

    const { changes } = account.engine.absorb(fills);

    expect(
      changes.map(({ transaction, orders, positions }) => [transaction, orders[0]?.status, positions.length]),
    ).toEqual([
      [fills[0], 'accepted', 0],
      [fills[1], 'filled', 1],
    ]);
    expect(account.engine.absorb(fills).changes).toEqual([]);
  });

  it('are ignored when they come a second time', () => {
    const account = startLong();
    const strategy = new ScriptedStrategy();
    account.attach(strategy);
    const before = account.engine.snapshot();

    expect(account.show(account.log.transactions)).toBe(NO_EFFECTS);
    expect(account.engine.snapshot()).toEqual(before);
    expect(strategy.fills).toEqual([]);
  });

  it('that leave a gap are an InvariantError', () => {
    const account = start();
    account.log.transfer(10_000);
    const later = account.log.transfer(10_000);

    expect(() => account.show(later)).toThrow(InvariantError);
  });

  it('of an account in another currency are an InvariantError', () => {
    const engine = new Engine({
      currency: 'EUR',
      limits: {},
      conversionMarkup: 0,
      hedging: false,
      newId: countIds(),
    });

    expect(() => engine.absorb(new WrittenLog(0).open('USD', 1))).toThrow(InvariantError);
  });

  it('make balance, equity and snapshot', () => {
    const account = startLong();
    account.quote(1_000, 110_210);

    // 10,000 units are 200 points up: 20 dollars. Margin: 10,000 · 1.10215 · 3.33 %.
    expect(account.engine.equity()).toBe(100_200_000);
    expect(account.engine.snapshot()).toEqual({
      at: TEN_O_CLOCK + 1_000,
      balance: 100_000_000,
      nav: 100_200_000,
      unrealizedPnl: 200_000,
      marginUsed: 3_670_160,
      marginAvailable: 96_529_840,
      isMarginCalled: false,
      marginCloseoutPercent: 1_831,
      lastTransactionId: 4,
    });
  });

  it('show a strategy its fills and the closing of its positions by any order, and nothing else', () => {
    const account = startLong();
    const [mine, other] = [new ScriptedStrategy(), new ScriptedStrategy()];
    account.attach(mine, 'mine');
    account.attach(other, 'other', 'GBP_USD');
    account.show(account.log.acceptAndFill({ ...order('m-1'), strategyId: 'mine' }, 110_010));

    account.show(account.log.close({ id: 'p-1', brokerPositionId: 6, decidedAt: 0 }, 110_020));
    account.show(account.log.close({ id: 'p-2', brokerPositionId: 4, decidedAt: 0 }, 110_020));

    expect(mine.fills.map(({ id }) => id)).toEqual([6, 8]);
    expect(other.fills).toEqual([]);
  });

  it('give a strategy the protection of its position together with the fill', () => {
    const account = start();
    const strategy = new ScriptedStrategy();
    account.attach(strategy);
    const fill = account.log.acceptAndFill({ ...order('m-1'), strategyId: 's' }, 110_010);
    const protection = {
      id: 5,
      batchId: 3,
      at: TEN_O_CLOCK,
      type: 'order-created',
      reason: 'on-fill',
      brokerPositionId: 4,
      terms: { ...BUY_LIMIT, orderType: 'stop_loss', side: 'sell', price: 109_000 },
    } as const;
    let stopLossAtFill: number | undefined;
    Object.assign(strategy, {
      onFill: (_: unknown, view: typeof strategy.view) => {
        stopLossAtFill = view?.positions[0]?.stopLoss;
        return [];
      },
    });

    account.show([...fill, protection]);

    expect(stopLossAtFill).toBe(109_000);
  });

  it('give a strategy that is attached later the positions it has', () => {
    const account = start();
    account.show(account.log.acceptAndFill({ ...order('m-1'), strategyId: 's' }, 110_010));
    const strategy = new ScriptedStrategy();
    account.attach(strategy);

    account.quote(1, 110_000);

    expect(strategy.view?.positions.map(({ brokerPositionId }) => brokerPositionId)).toEqual([4]);
  });
});

describe("a person's order", () => {
  it('goes out as it came', () => {
    const request = order('p-1', { stopLoss: 109_000 });

    expect(place(start(), request)).toEqual([{ type: 'submit-order', request }]);
  });

  it("meets the same rules as a strategy's", () => {
    const request = order('p-1', { units: 2_000 });

    expect(place(start({ maxOrderUnits: 1_999 }), request)).toEqual([
      {
        type: 'deny',
        code: 'order-units-exceeded',
        field: 'units',
        numbers: { units: { kind: 'units', value: 2_000 }, limit: { kind: 'units', value: 1_999 } },
        requestId: 'p-1',
        instrument: 'EUR_USD',
        request,
        at: TEN_O_CLOCK,
      },
    ]);
  });

  it('is never sent twice', () => {
    const account = start();
    place(account, order('p-1'));

    expect(place(account, order('p-1'))).toEqual([]);
  });

  it.each([
    ['before the first price', (): TestAccount => new TestAccount(), 'no-quote'],
    ['of an instrument that has no price', (): TestAccount => start(), 'no-quote', { instrument: 'GBP_USD' }],
    ['when the spread is too wide', (): TestAccount => start({ maxSpreadPoints: 9 }), 'spread-too-wide'],
    [
      'when there is no price to convert by',
      startWithCross,
      'no-conversion-price',
      { instrument: 'EUR_GBP', units: 10 },
    ],
    ['when a position has no price', startWithUnpricedPosition, 'no-quote', { instrument: 'GBP_USD' }],
    ['when the margin is not enough', (): TestAccount => start(), 'insufficient-margin', { units: 300_000 }],
  ] as const)('is denied %s', (_, make, code, terms?: Partial<OrderTerms>) => {
    expect(codesOf(place(make(), order('p-1', terms)))).toEqual([code]);
  });

  it.each([
    ['the last price is older than half a minute and the stream silent', 30_001, 0, ['stale-quote']],
    ['the last price is half a minute old', 30_000, 0, []],
    ['the last price is old but the stream alive', 3_600_000, 3_599_000, []],
    ['the stream died a minute ago', 3_600_000, 3_540_000, ['stale-quote']],
  ])('when %s is answered with %3$s', (_, afterMs, aliveAfterMs, codes) => {
    const account = start();
    account.clock(afterMs, aliveAfterMs);

    expect(codesOf(place(account, order('p-1')))).toEqual(codes);
  });
});

function startWithCross(): TestAccount {
  const account = new TestAccount();
  account.quote(0, 85_000, { instrument: 'EUR_GBP' });
  return account;
}

function startWithUnpricedPosition(): TestAccount {
  const account = new TestAccount();
  account.show(account.log.acceptAndFill(order('p-0'), 110_010));
  account.quote(0, 127_000, { instrument: 'GBP_USD' });
  return account;
}

describe('the position ceiling', () => {
  const LIMITS = { maxPositionUnits: 12_000 };

  it.each([
    ['up to it', 2_000, 'buy', []],
    ['beyond it', 2_001, 'buy', ['position-units-exceeded']],
    ['of the other side up to it', 12_000, 'sell', []],
    [
      'of the other side beyond it, which the position may not offset any more',
      12_001,
      'sell',
      ['position-units-exceeded'],
    ],
  ] as const)('on a position of 10,000 lets an order go %s', (_, units, side, codes) => {
    expect(codesOf(place(startLong(LIMITS), order('p-1', { units, side })))).toEqual(codes);
  });

  it('lets a position that is beyond it only become smaller', () => {
    const account = startLong({ maxPositionUnits: 5_000 });

    expect(codesOf(place(account, order('p-1', { units: 1 })))).toEqual(['position-units-exceeded']);
    expect(codesOf(place(account, order('p-2', { units: 1_000, side: 'sell' })))).toEqual([]);
  });

  it('counts what is in flight and what rests on the same side, each once', () => {
    const account = startLong(LIMITS);
    place(account, order('p-1'));
    place(account, { ...order('p-2'), terms: { ...BUY_LIMIT, units: 600 } });
    account.show(account.log.accept({ ...order('p-2'), terms: { ...BUY_LIMIT, units: 600 } }));

    expect(codesOf(place(account, order('p-3', { units: 401 })))).toEqual(['position-units-exceeded']);
    expect(codesOf(place(account, order('p-4', { units: 400 })))).toEqual([]);
  });

  it('does not count the other side or another instrument', () => {
    const account = startLong(LIMITS);
    account.quote(0, 127_000, { instrument: 'GBP_USD' });
    place(account, order('p-1', { side: 'sell', units: 5_000 }));
    place(account, order('p-2', { instrument: 'GBP_USD', units: 5_000 }));

    expect(codesOf(place(account, order('p-3', { units: 2_000 })))).toEqual([]);
  });

  it('does not let a position that is being closed offset an order', () => {
    const account = startLong(LIMITS);
    const request = { id: 'p-0c', brokerPositionId: 4, decidedAt: TEN_O_CLOCK };
    account.engine.step({ type: 'close-requested', request });

    expect(codesOf(place(account, order('p-1', { side: 'sell', units: 12_001 })))).toEqual([
      'position-units-exceeded',
    ]);
    expect(codesOf(place(account, order('p-2', { side: 'sell', units: 12_000 })))).toEqual([]);
  });

  it('frees what a refused request had taken', () => {
    const account = startLong(LIMITS);
    place(account, order('p-1', { units: 2_000 }));
    account.engine.step({ type: 'request-refused', requestId: 'p-1' });

    expect(codesOf(place(account, order('p-2', { units: 2_000 })))).toEqual([]);
  });
});

describe('margin', () => {
  // 10,000 dollars carry 272,000 units at 1.10005 and 3.33 %.
  it.each([
    ['an order in flight on the same side', { units: 200_000 }, ['insufficient-margin']],
    ['an order in flight on the other side', { units: 200_000, side: 'sell' }, []],
    [
      'an order in flight of another instrument',
      { units: 200_000, instrument: 'GBP_USD' },
      ['insufficient-margin'],
    ],
  ] as const)('of %s counts or not', (_, terms, codes) => {
    const account = start();
    account.quote(0, 127_000, { instrument: 'GBP_USD' });
    place(account, order('p-1', terms));

    expect(codesOf(place(account, order('p-2', { units: 100_000 })))).toEqual(codes);
  });

  it('of a resting order is not bound yet', () => {
    const account = start();
    const resting = { ...order('p-1'), terms: { ...BUY_LIMIT, units: 200_000 } };
    place(account, resting);
    account.show(account.log.accept(resting));

    expect(codesOf(place(account, order('p-2', { units: 200_000 })))).toEqual([]);
  });

  it('of an order that reduces a position is not asked for', () => {
    const account = start();
    account.show(account.log.acceptAndFill(order('p-0', { units: 270_000 }), 110_010));
    account.quote(1, 108_000);

    expect(codesOf(place(account, order('p-1', { units: 1 })))).toEqual(['insufficient-margin']);
    expect(codesOf(place(account, order('p-2', { units: 1_000, side: 'sell' })))).toEqual([]);
  });
});

describe('closing, cancelling and protecting', () => {
  it('sends no trailing distance that the position has already: the stop would start again, looser', () => {
    const account = startLong();
    const stop = { id: 5, batchId: 5, at: TEN_O_CLOCK, type: 'order-created', reason: 'client' } as const;
    const terms = { ...BUY_LIMIT, orderType: 'trailing_stop', side: 'sell', trailingDistance: 500 } as const;
    account.show([{ ...stop, brokerPositionId: 4, terms }]);
    const ask = (trailingDistance: number) =>
      account.engine.step({
        type: 'protection-requested',
        request: { brokerPositionId: 4, stopLoss: 109_000, trailingDistance, decidedAt: 0 },
      });

    expect(ask(500)).toMatchObject([{ request: { stopLoss: 109_000, trailingDistance: undefined } }]);
    expect(ask(600)).toMatchObject([{ request: { stopLoss: 109_000, trailingDistance: 600 } }]);
  });

  it('is possible when everything else is not', () => {
    const account = startLong({ allowedInstruments: [] });
    const resting = { ...order('p-1'), terms: BUY_LIMIT };
    account.show(account.log.accept(resting));
    account.engine.step({ type: 'halt' });
    account.clock(6 * 86_400_000, 0);

    const effects = [
      ...account.engine.step({
        type: 'protection-requested',
        request: { brokerPositionId: 4, stopLoss: 120_000, decidedAt: 0 },
      }),
      ...account.engine.step({ type: 'cancel-requested', orderId: 'p-1' }),
      ...account.engine.step({
        type: 'close-requested',
        request: { id: 'p-2', brokerPositionId: 4, decidedAt: 0 },
      }),
    ];

    expect(typesOf(effects)).toEqual(['change-protection', 'cancel-order', 'close-position']);
  });

  it.each([
    [
      'position-unknown',
      { type: 'close-requested', request: { id: 'p-1', brokerPositionId: 5, decidedAt: 0 } },
      'p-1',
    ],
    [
      'close-units-exceed-position',
      { type: 'close-requested', request: { id: 'p-1', brokerPositionId: 4, units: 10_001, decidedAt: 0 } },
      'p-1',
    ],
    ['order-unknown', { type: 'cancel-requested', orderId: 'p-1' }, 'p-1'],
    [
      'position-unknown',
      { type: 'protection-requested', request: { brokerPositionId: 5, decidedAt: 0 } },
      undefined,
    ],
    [
      'stop-loss-on-wrong-side',
      { type: 'protection-requested', request: { brokerPositionId: 4, stopLoss: 110_000, decidedAt: 0 } },
      undefined,
    ],
  ] as const)('is denied with %s', (code, event, requestId) => {
    const denials = startLong().engine.step(event);

    expect(denials).toMatchObject([{ type: 'deny', code, at: TEN_O_CLOCK }]);
    expect(denials.map((denial) => 'requestId' in denial && denial.requestId)).toEqual([requestId ?? false]);
  });

  it('of a position that is being closed is denied until that has ended', () => {
    const account = startLong();
    const request = { id: 'p-1', brokerPositionId: 4, decidedAt: 0 };
    account.engine.step({ type: 'close-requested', request });

    expect(
      codesOf(account.engine.step({ type: 'close-requested', request: { ...request, id: 'p-2' } })),
    ).toEqual(['close-in-progress']);
    account.show(account.log.cancelClose(request, 'market-halted'));
    expect(
      typesOf(account.engine.step({ type: 'close-requested', request: { ...request, id: 'p-3' } })),
    ).toEqual(['close-position']);
  });

  it('finds an order that has no id with us by its number at the broker', () => {
    const account = startLong();
    const protection = {
      id: 5,
      batchId: 5,
      at: TEN_O_CLOCK,
      type: 'order-created',
      reason: 'client',
      brokerPositionId: 4,
    } as const;
    const terms: OrderTerms = { ...BUY_LIMIT, orderType: 'stop_loss', side: 'sell' };
    account.show([{ ...protection, terms }]);

    expect(account.engine.step({ type: 'cancel-requested', orderId: '5' })).toEqual([
      { type: 'cancel-order', brokerOrderId: 5, decidedAt: TEN_O_CLOCK },
    ]);
  });
});

describe('halting', () => {
  it('denies new exposure until resumed', () => {
    const account = start();
    account.engine.step({ type: 'halt' });

    expect(account.engine.isHalted).toBe(true);
    expect(codesOf(place(account, order('p-1')))).toEqual(['account-halted']);
    account.engine.step({ type: 'resume' });
    expect(account.engine.isHalted).toBe(false);
    expect(codesOf(place(account, order('p-2')))).toEqual([]);
  });

  it('cancels resting entry orders, which would be new exposure, and leaves positions and their protection', () => {
    const account = startLong();
    account.show(account.log.accept({ ...order('p-1'), terms: BUY_LIMIT }));
    const stop = {
      id: 6,
      batchId: 6,
      at: TEN_O_CLOCK,
      type: 'order-created',
      reason: 'client',
      brokerPositionId: 4,
    } as const;
    account.show([{ ...stop, terms: { ...BUY_LIMIT, orderType: 'stop_loss', side: 'sell' } }]);

    expect(account.engine.step({ type: 'halt' })).toEqual([
      { type: 'cancel-order', brokerOrderId: 5, decidedAt: TEN_O_CLOCK },
    ]);
  });

  it('cancels an order that comes to rest only afterwards', () => {
    const account = start();
    const resting = { ...order('p-1'), terms: BUY_LIMIT };
    place(account, resting);
    account.engine.step({ type: 'halt' });

    expect(typesOf(account.show(account.log.accept(resting)))).toEqual(['cancel-order']);
  });

  it('lets an order rest that comes to rest after resuming', () => {
    const account = start();
    const resting = { ...order('p-1'), terms: BUY_LIMIT };
    place(account, resting);
    account.engine.step({ type: 'halt' });
    account.engine.step({ type: 'resume' });

    expect(account.show(account.log.accept(resting))).toEqual([]);
  });

  it('leaves a position that opens only afterwards', () => {
    const account = start();
    place(account, order('p-1'));
    account.engine.step({ type: 'halt' });

    expect(account.show(account.log.acceptAndFill(order('p-1'), 110_010))).toEqual([]);
  });
});

describe('killing', () => {
  it('halts, cancels every entry order and closes every position', () => {
    const account = startLong();
    account.show(account.log.accept({ ...order('p-1'), terms: BUY_LIMIT }));

    const effects = account.engine.step({ type: 'kill' });

    expect(effects).toEqual([
      { type: 'cancel-order', brokerOrderId: 5, decidedAt: TEN_O_CLOCK },
      { type: 'close-position', request: { id: 'a-1', brokerPositionId: 4, decidedAt: TEN_O_CLOCK } },
    ]);
    expect(account.engine.isHalted).toBe(true);
  });

  it('drops what strategies were about to do', () => {
    const account = startLong();
    const strategy = new ScriptedStrategy();
    account.attach(strategy);
    account.show(account.log.acceptAndFill({ ...order('m-1'), strategyId: 's' }, 110_010));
    strategy.answerToQuote = [
      { type: 'close', brokerPositionId: 6 },
      { type: 'open', side: 'short', size: { units: 1 }, orderType: 'market' },
    ];
    account.quote(1, 110_000);
    account.engine.step({ type: 'kill' });

    expect(
      account.show(account.log.close({ id: 'a-1', brokerPositionId: 6, decidedAt: 0 }, 110_000)),
    ).toEqual([]);
  });

  it('closes what an order that was in flight opens afterwards', () => {
    const account = start();
    place(account, order('p-1'));
    account.engine.step({ type: 'kill' });

    const effects = account.show(account.log.acceptAndFill(order('p-1'), 110_010));

    expect(only(effects, 'close-position')[0]?.request.brokerPositionId).toBe(4);
  });

  it('closes what an order opens that fills before its cancel arrives', () => {
    const account = start();
    account.show(account.log.accept({ ...order('p-1'), terms: BUY_LIMIT }));
    account.engine.step({ type: 'kill' });

    const effects = account.show(account.log.fill('p-1', 109_000));

    expect(only(effects, 'close-position')[0]?.request.brokerPositionId).toBe(4);
  });

  it('closes the rest of a position whose part was being closed', () => {
    const account = startLong();
    const part = { id: 'p-1', brokerPositionId: 4, units: 4_000, decidedAt: 0 };
    account.engine.step({ type: 'close-requested', request: part });

    expect(account.engine.step({ type: 'kill' })).toEqual([]);
    const effects = account.show(account.log.close(part, 110_000));

    expect(only(effects, 'close-position')).toHaveLength(1);
  });

  it('closes a position whose close failed until it is gone, at quotes a minute apart', () => {
    const account = startLong();
    const first = { id: 'p-1', brokerPositionId: 4, decidedAt: 0 };
    account.engine.step({ type: 'close-requested', request: first });
    account.engine.step({ type: 'kill' });
    const [second] = only(account.show(account.log.cancelClose(first, 'market-halted')), 'close-position');

    expect(second?.request.brokerPositionId).toBe(4);
    const request = second?.request ?? first;
    expect(account.show(account.log.cancelClose(request, 'market-halted'))).toEqual([]);
    expect(account.quote(59_000, 110_000)).toEqual([]);
    const [third] = only(account.quote(61_000, 110_000), 'close-position');
    expect(third?.request.brokerPositionId).toBe(4);
    account.show(account.log.close(third?.request ?? first, 110_000));
    expect(account.quote(200_000, 110_000)).toEqual([]);
  });

  it('closes a position at the first quote of the new week when the market was closed', () => {
    const account = startLong();
    account.clock(SATURDAY - TEN_O_CLOCK);
    const closes = only(account.engine.step({ type: 'kill' }), 'close-position');
    for (const { request } of closes) account.show(account.log.cancelClose(request, 'market-halted'));

    expect(account.quote(SATURDAY - TEN_O_CLOCK + 3_600_000, 110_000)).toEqual([]);
    const saved = account.engine.saveState();
    expect(typesOf(account.quote(SUNDAY_OPENING - TEN_O_CLOCK, 110_000))).toEqual(['close-position']);
    expect(saved).toMatchObject({ closings: [4] });
  });

  it('does not try to cancel a market order that is about to fill, but closes what it opens', () => {
    const account = start();
    place(account, order('p-1'));
    account.show(account.log.accept(order('p-1')));

    expect(account.engine.step({ type: 'kill' })).toEqual([]);
    expect(typesOf(account.show(account.log.fill('p-1', 110_010)))).toEqual(['close-position']);
  });

  it('has nothing to follow up when an order in flight was refused', () => {
    const account = start();
    place(account, order('p-1'));
    account.engine.step({ type: 'kill' });

    expect(account.engine.step({ type: 'request-refused', requestId: 'p-1' })).toEqual([]);
  });
});

describe('detaching a strategy', () => {
  function startAttached(): TestAccount {
    const account = startLong();
    account.attach(new ScriptedStrategy());
    account.show(account.log.acceptAndFill({ ...order('m-1'), strategyId: 's' }, 110_010));
    account.show(account.log.accept({ ...order('m-2'), terms: BUY_LIMIT, strategyId: 's' }));
    account.show(account.log.accept({ ...order('p-1'), terms: BUY_LIMIT }));
    return account;
  }
  const CANCEL = { type: 'cancel-order', brokerOrderId: 7, decidedAt: TEN_O_CLOCK };

  it('that keeps cancels its resting orders only', () => {
    const account = startAttached();

    expect(account.engine.step({ type: 'strategy-detached', strategyId: 's', mode: 'keep' })).toEqual([
      CANCEL,
    ]);
    expect(account.engine.saveStrategy('s')).toBeUndefined();
  });

  it('that closes closes its positions too, and no others', () => {
    expect(
      startAttached().engine.step({ type: 'strategy-detached', strategyId: 's', mode: 'close' }),
    ).toEqual([
      CANCEL,
      { type: 'close-position', request: { id: 'a-1', brokerPositionId: 6, decidedAt: TEN_O_CLOCK } },
    ]);
  });

  it.each([
    ['keeps leaves', 'keep', 0],
    ['closes closes', 'close', 1],
  ] as const)('that %s what an order in flight opens afterwards', (_, mode, closes) => {
    const account = start();
    const strategy = new ScriptedStrategy();
    account.attach(strategy);
    strategy.answerToQuote = [{ type: 'open', side: 'long', size: { units: 1_000 }, orderType: 'market' }];
    const [submitted] = only(account.quote(1, 110_000), 'submit-order');
    account.engine.step({ type: 'strategy-detached', strategyId: 's', mode });

    const effects = account.show(account.log.acceptAndFill(submitted?.request ?? order(''), 110_010));

    expect(only(effects, 'close-position')).toHaveLength(closes);
  });

  it('that fails leaves what an order in flight opens afterwards', () => {
    const account = start();
    const strategy = new ScriptedStrategy();
    account.attach(strategy);
    strategy.answerToQuote = [{ type: 'open', side: 'long', size: { units: 1_000 }, orderType: 'market' }];
    const [submitted] = only(account.quote(1, 110_000), 'submit-order');
    strategy.answerToQuote = new Error('lost');
    account.quote(2, 110_000);

    expect(account.show(account.log.acceptAndFill(submitted?.request ?? order(''), 110_010))).toEqual([]);
  });

  it('that has failed and left still closes', () => {
    const account = start();
    account.show(account.log.acceptAndFill({ ...order('m-1'), strategyId: 's' }, 110_010));

    const effects = account.engine.step({ type: 'strategy-detached', strategyId: 's', mode: 'close' });

    expect(typesOf(effects)).toEqual(['close-position']);
  });

  it('ends its candles', () => {
    const account = start();
    account.attach(new ScriptedStrategy('M1'));
    account.quote(1, 110_000);
    expect(account.engine.nextClockAt).toBe(TEN_O_CLOCK + 60_000);

    account.engine.step({ type: 'strategy-detached', strategyId: 's', mode: 'keep' });

    expect(account.engine.nextClockAt).toBe(tradingDayEnd(TEN_O_CLOCK));
  });

  it('leaves room for another of its name, but for one at a time', () => {
    const account = start();
    account.attach(new ScriptedStrategy());

    expect(() => account.attach(new ScriptedStrategy())).toThrow(InvariantError);
    account.engine.step({ type: 'strategy-detached', strategyId: 's', mode: 'keep' });
    expect(account.attach(new ScriptedStrategy())).toBe(NO_EFFECTS);
  });
});

describe('the daily loss limit', () => {
  // 10,000 EUR_USD from 1.10010: a point is worth 1,000 ten-thousandths; 500,000 are 500 points.
  const LIMITS = { maxDailyLoss: 500_000 };
  const DAY = 86_400_000;

  it('halts once when the equity reaches it, open result included', () => {
    const account = startLong(LIMITS);

    expect(typesOf(account.quote(1, 109_511))).toEqual(['limit-near']);
    const effects = account.quote(2, 109_510);

    expect(effects).toEqual([{ type: 'halt', code: 'daily-loss-exceeded', at: TEN_O_CLOCK + 2 }]);
    expect(account.engine.isHalted).toBe(true);
    expect(account.quote(3, 109_000)).toEqual([]);
    expect(codesOf(place(account, order('p-1')))).toEqual(['daily-loss-exceeded']);
  });

  it('halts when a close books the loss', () => {
    const account = startLong(LIMITS);

    expect(
      typesOf(account.show(account.log.close({ id: 'p-1', brokerPositionId: 4, decidedAt: 0 }, 109_510))),
    ).toEqual(['halt']);
  });

  it('cancels entry orders that rest', () => {
    const account = startLong(LIMITS);
    account.show(account.log.accept({ ...order('p-1'), terms: BUY_LIMIT }));

    expect(typesOf(account.quote(1, 109_000))).toEqual(['halt', 'cancel-order']);
  });

  it('is over when the next trading day starts, and counts from the equity then', () => {
    const account = startLong(LIMITS);
    account.quote(1, 109_510);
    // 17:00 New York is 22:00 UTC in early March.
    account.clock(12 * 3_600_000 - 1);
    expect(account.engine.isHalted).toBe(true);
    account.clock(12 * 3_600_000);
    expect(account.engine.isHalted).toBe(false);

    expect(typesOf(account.quote(DAY, 109_011))).toEqual(['limit-near']);
    expect(typesOf(account.quote(DAY + 1, 109_010))).toEqual(['halt']);
  });

  it("does not lift a person's halt when the next day starts", () => {
    const account = startLong(LIMITS);
    account.quote(1, 109_510);
    account.engine.step({ type: 'halt' });

    account.clock(DAY);

    expect(account.engine.isHalted).toBe(true);
  });

  it('lets a person resume, and then trips after the whole limit again', () => {
    const account = startLong(LIMITS);
    account.quote(1, 109_510);
    account.engine.step({ type: 'resume' });

    expect(account.engine.isHalted).toBe(false);
    expect(typesOf(account.quote(2, 109_011))).toEqual(['limit-near']);
    expect(typesOf(account.quote(3, 109_010))).toEqual(['halt']);
  });

  it('is not made wider by a halt and a resume before it was reached', () => {
    const account = startLong(LIMITS);
    account.quote(1, 109_600);
    account.engine.step({ type: 'halt' });
    account.engine.step({ type: 'resume' });

    expect(typesOf(account.quote(2, 109_510))).toEqual(['halt']);
  });

  it('takes money paid out for no loss and money paid in for no gain', () => {
    const account = startLong(LIMITS);

    expect(account.show(account.log.transfer(-50_000_000))).toEqual([]);
    account.show(account.log.transfer(10_000_000));
    expect(typesOf(account.quote(1, 109_511))).toEqual(['limit-near']);
    expect(typesOf(account.quote(2, 109_510))).toEqual(['halt']);
  });

  it('is not judged by the history that is shown at the start, but holds from the first price on', () => {
    const account = new TestAccount({ limits: LIMITS });
    account.show(account.log.acceptAndFill(order('p-0', { units: 10_000 }), 110_010));

    expect(
      account.show(account.log.close({ id: 'p-1', brokerPositionId: 4, decidedAt: 0 }, 109_000)),
    ).toEqual([]);
    expect(typesOf(account.clock(1))).toEqual(['halt']);
  });

  it('does not guess while a position has no price', () => {
    const account = new TestAccount({ limits: LIMITS });
    account.show(account.log.acceptAndFill(order('p-0', { units: 10_000 }), 110_010));
    account.show(account.log.acceptAndFill(order('p-1', { units: 10_000 }), 109_000));
    account.show(account.log.close({ id: 'p-2', brokerPositionId: 4, decidedAt: 0 }, 109_510));

    // 50 dollars are lost, but the open position may have gained more.
    expect(account.clock(1)).toEqual([]);
    expect(typesOf(account.quote(2, 109_100))).toEqual(['limit-near']);
    expect(typesOf(account.quote(3, 109_000))).toEqual(['halt']);
  });

  it('that is set later is judged from the start of the day', () => {
    const account = startLong();
    account.quote(1, 109_510);
    account.engine.setLimits(LIMITS);

    expect(codesOf(place(account, order('p-1')))).toEqual(['daily-loss-exceeded']);
    expect(typesOf(account.quote(2, 109_510))).toEqual(['halt']);
  });
});

describe('market time', () => {
  it('is the latest time of any event and never goes back', () => {
    const account = start();
    account.clock(5_000);
    account.quote(4_000, 110_000);

    expect(account.engine.at).toBe(TEN_O_CLOCK + 5_000);
    account.log.setTime(TEN_O_CLOCK + 6_000);
    account.show(account.log.transfer(1));
    expect(account.engine.at).toBe(TEN_O_CLOCK + 6_000);
  });

  it('and the newest quote are what a strategy sees', () => {
    const account = start();
    const strategy = new ScriptedStrategy();
    account.attach(strategy);

    account.quote(1_500, 110_050);

    expect(strategy.view?.at).toBe(TEN_O_CLOCK + 1_500);
    expect(strategy.view?.quote?.bid).toBe(110_050);
    expect(account.engine.quoteOf('EUR_USD')?.bid).toBe(110_050);
    expect(account.engine.quoteOf('GBP_USD')).toBeUndefined();
  });
});
