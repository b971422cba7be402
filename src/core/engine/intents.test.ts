import { describe, expect, it } from 'vitest';
import { countIds, only, TEN_O_CLOCK, TestAccount } from './testing/account.ts';
import { ScriptedStrategy } from './testing/scripted-strategy.ts';
import type { Granularity } from '../domain/candle.ts';
import type { CloseRequest, OrderRequest } from '../domain/order.ts';
import type { CloseIntent, OpenIntent } from '../strategies/strategy.ts';
import type { Json } from '../shared/json.ts';
import type { Effect } from './effect.ts';

const LONG: OpenIntent = { type: 'open', side: 'long', size: { units: 1_000 }, orderType: 'market' };
const SHORT: OpenIntent = { ...LONG, side: 'short' };
const BUY_LIMIT: OpenIntent = { ...LONG, orderType: 'limit', price: 109_000 };

/** An account with a strategy on EUR_USD and a price. */
function start(...granularities: readonly Granularity[]): {
  account: TestAccount;
  strategy: ScriptedStrategy;
} {
  const account = new TestAccount();
  const strategy = new ScriptedStrategy(...granularities);
  account.attach(strategy);
  account.quote(0, 110_000);
  return { account, strategy };
}

/** The same with an open long position. */
function startLong(...granularities: readonly Granularity[]): {
  account: TestAccount;
  strategy: ScriptedStrategy;
  close: CloseIntent;
} {
  const { account, strategy } = start(...granularities);
  strategy.answerToQuote = [LONG];
  const order = submitted(account.quote(1, 110_000));
  account.show(account.log.acceptAndFill(order, 110_010));
  const brokerPositionId = strategy.view?.positions[0]?.brokerPositionId ?? 0;
  return { account, strategy, close: { type: 'close', brokerPositionId } };
}

function submitted(effects: readonly Effect[]): OrderRequest {
  const [effect] = only(effects, 'submit-order');
  if (!effect) throw new Error(`an order was wanted, was ${JSON.stringify(effects)}`);
  return effect.request;
}

function closing(effects: readonly Effect[]): CloseRequest {
  const [effect] = only(effects, 'close-position');
  if (!effect) throw new Error(`a close was wanted, was ${JSON.stringify(effects)}`);
  return effect.request;
}

describe('an open intent', () => {
  it('becomes an order with an id, decided at market time', () => {
    const { account, strategy } = start();
    strategy.answerToQuote = [{ ...LONG, stopLoss: 109_000, takeProfit: 111_000 }];

    const effects = account.quote(250, 110_000);

    expect(effects).toEqual([
      {
        type: 'submit-order',
        request: {
          id: 'a-1',
          strategyId: 's',
          signal: { type: 'quote', at: account.engine.at, quote: account.engine.quoteOf('EUR_USD') },
          decidedAt: account.engine.at,
          terms: {
            instrument: 'EUR_USD',
            orderType: 'market',
            side: 'buy',
            units: 1_000,
            stopLoss: 109_000,
            takeProfit: 111_000,
            timeInForce: 'FOK',
          },
        },
      },
    ]);
  });

  it.each([
    ['a market order fills or is killed', SHORT, 'FOK'],
    ['a resting order is good till cancelled', BUY_LIMIT, 'GTC'],
    [
      'a resting order with an expiry is good till then',
      { ...BUY_LIMIT, expiresAt: Number.MAX_SAFE_INTEGER },
      'GTD',
    ],
    ['what the intent says', { ...BUY_LIMIT, timeInForce: 'IOC' }, 'IOC'],
  ] as const)('has the time in force it needs: %s', (_, intent, timeInForce) => {
    const { account, strategy } = start();
    strategy.answerToQuote = [intent];

    expect(submitted(account.quote(1, 110_000)).terms.timeInForce).toBe(timeInForce);
  });

  it('is sized by risk', () => {
    const { account, strategy } = start();
    strategy.answerToQuote = [{ ...LONG, size: { riskFraction: 0.01, stopDistance: 500 } }];

    // 100 dollars ÷ 0.005 dollars
    expect(submitted(account.quote(1, 110_000)).terms.units).toBe(20_000);
  });

  it('is denied without an order when the risk allows less than a unit', () => {
    const { account, strategy } = start();
    strategy.answerToQuote = [{ ...LONG, size: { riskFraction: 0.000_000_001, stopDistance: 500 } }];

    expect(account.quote(1, 110_000)).toEqual([
      {
        type: 'deny',
        code: 'size-too-small',
        numbers: { units: { kind: 'units', value: 0 }, least: { kind: 'units', value: 1 } },
        strategyId: 's',
        instrument: 'EUR_USD',
        at: account.engine.at,
      },
    ]);
  });

  it('is denied with the order that it would have been', () => {
    const { account, strategy } = start();
    strategy.answerToQuote = [{ ...LONG, stopLoss: 120_000 }];

    const [effect] = only(account.quote(1, 110_000), 'deny');

    expect(effect?.code).toBe('stop-loss-on-wrong-side');
    expect(effect?.requestId).toBe('a-1');
    expect(effect?.request?.terms.stopLoss).toBe(120_000);
  });

  it('that is denied the same way at every quote is reported once a minute', () => {
    const { account, strategy } = start();
    account.engine.step({ type: 'halt' });
    const denials = [1, 59_999, 60_001, 90_000].map((afterMs) => {
      strategy.answerToQuote = [LONG];
      return only(account.quote(afterMs, 110_000), 'deny').length;
    });

    expect(denials).toEqual([1, 0, 1, 0]);
  });
});

describe('the intents of one answer', () => {
  it('close first and open only after the close has filled', () => {
    const { account, strategy, close } = startLong();
    strategy.answerToQuote = [close, SHORT];

    const first = account.quote(2, 109_500);
    const second = account.show(account.log.close(closing(first), 109_500));

    expect(first.map(({ type }) => type)).toEqual(['close-position']);
    expect(second.map(({ type }) => type)).toEqual(['submit-order']);
    expect(submitted(second).terms.side).toBe('sell');
  });

  it.each([
    [
      'cancelled',
      (account: TestAccount, request: CloseRequest) =>
        account.show(account.log.cancelClose(request, 'market-halted')),
    ],
    [
      'rejected',
      (account: TestAccount, request: CloseRequest) =>
        account.show(account.log.reject(request.id, 'position-unknown')),
    ],
    [
      'refused',
      (account: TestAccount, { id }: CloseRequest) =>
        account.engine.step({ type: 'request-refused', requestId: id }),
    ],
  ])(
    'wait while the close was %s and its position is open: it is asked for again a minute later',
    (_, fail) => {
      const { account, strategy, close } = startLong();
      strategy.answerToQuote = [close, SHORT];
      const request = closing(account.quote(2, 109_500));

      expect(fail(account, request)).toEqual([]);
      expect(strategy.view?.hasOpenOrder).toBe(true);
      expect(account.quote(59_000, 109_500)).toEqual([]);
      const again = closing(account.quote(61_000, 109_500));
      const entry = account.show(account.log.close(again, 109_500));

      expect(again.id).not.toBe(request.id);
      expect(submitted(entry).terms.side).toBe('sell');
    },
  );

  it('open although the close was rejected when the position closed by itself meanwhile', () => {
    const { account, strategy, close } = startLong();
    strategy.answerToQuote = [close, SHORT];
    const request = closing(account.quote(2, 109_500));
    account.show(account.log.close({ ...request, id: 'by-the-broker' }, 109_000));

    const effects = account.show(account.log.reject(request.id, 'position-unknown'));

    expect(submitted(effects).terms.side).toBe('sell');
  });

  it('drop the rest when one is denied', () => {
    const { account, strategy } = start();
    strategy.answerToQuote = [{ ...LONG, size: { units: 0 } }, SHORT];

    expect(account.quote(1, 110_000).map(({ type }) => type)).toEqual(['deny']);
    expect(strategy.view?.hasOpenOrder).toBe(false);
  });

  it('continue when a resting order was accepted', () => {
    const { account, strategy } = start();
    strategy.answerToQuote = [BUY_LIMIT, { ...BUY_LIMIT, price: 108_000 }];

    const first = submitted(account.quote(1, 110_000));
    const second = submitted(account.show(account.log.accept(first)));

    expect([first.terms.price, second.terms.price]).toEqual([109_000, 108_000]);
  });

  it('drop the rest when an order was accepted and cancelled in one batch', () => {
    const { account, strategy } = start();
    strategy.answerToQuote = [BUY_LIMIT, { ...BUY_LIMIT, price: 108_000 }];
    const order = submitted(account.quote(1, 110_000));

    expect(account.show(account.log.acceptAndCancel(order, 'insufficient-margin'))).toEqual([]);
  });

  it('wait for the fill of a market order whose acceptance came alone', () => {
    const { account, strategy } = start();
    strategy.answerToQuote = [LONG, BUY_LIMIT];
    const order = submitted(account.quote(1, 110_000));

    const afterAcceptance = account.show(account.log.accept(order));
    const afterFill = account.show(account.log.fill(order.id, 110_010));

    expect(afterAcceptance).toEqual([]);
    expect(submitted(afterFill).terms.orderType).toBe('limit');
  });

  it('judge each by the account as it is then', () => {
    const { account, strategy } = start();
    account.engine.setLimits({ maxPositionUnits: 1_500 });
    strategy.answerToQuote = [LONG, LONG];
    const order = submitted(account.quote(1, 110_000));

    const effects = account.show(account.log.acceptAndFill(order, 110_010));

    expect(only(effects, 'deny')[0]?.code).toBe('position-units-exceeded');
  });

  it('do not wait for a change of protection', () => {
    const { account, strategy, close } = startLong();
    const { brokerPositionId } = close;
    strategy.answerToQuote = [
      { type: 'modify', brokerPositionId, stopLoss: 109_000, takeProfit: null },
      close,
    ];

    const effects = account.quote(2, 110_000);

    expect(effects.map(({ type }) => type)).toEqual(['change-protection', 'close-position']);
    expect(only(effects, 'change-protection')[0]?.request).toEqual({
      brokerPositionId,
      stopLoss: 109_000,
      takeProfit: null,
      decidedAt: account.engine.at,
    });
  });
});

describe('a strategy that is busy', () => {
  it('cannot double an entry whose outcome is unknown, however often and long it asks', () => {
    const { account, strategy } = start();
    strategy.answerToQuote = [LONG];
    const order = submitted(account.quote(1, 110_000));

    for (let afterMs = 100; afterMs < 3_600_000; afterMs += 60_000) {
      strategy.answerToQuote = [LONG];
      expect(account.quote(afterMs, 110_000)).toEqual([]);
      expect(strategy.view?.hasOpenOrder).toBe(true);
    }

    account.show(account.log.acceptAndFill(order, 110_010));
    expect(strategy.view?.hasOpenOrder).toBe(false);
    strategy.answerToQuote = [LONG];
    expect(submitted(account.quote(3_600_001, 110_000)).id).not.toBe(order.id);
  });

  it('cannot double an entry of unknown outcome by being started again', () => {
    const { account, strategy } = start();
    strategy.answerToQuote = [LONG];
    account.quote(1, 110_000);
    account.engine.step({ type: 'strategy-detached', strategyId: 's', mode: 'keep' });
    const successor = new ScriptedStrategy();
    account.attach(successor);
    successor.answerToQuote = [LONG];

    expect(account.quote(2, 110_000)).toEqual([]);
    expect(successor.view?.hasOpenOrder).toBe(true);
  });

  it('cannot double an entry that was sent before a restart', () => {
    const account = new TestAccount();
    const strategy = new ScriptedStrategy();
    const order: OrderRequest = {
      id: 'from-before',
      strategyId: 's',
      decidedAt: 0,
      terms: { instrument: 'EUR_USD', orderType: 'market', side: 'buy', units: 1_000, timeInForce: 'FOK' },
    };
    account.engine.expectOutcome(order);
    account.attach(strategy);
    strategy.answerToQuote = [LONG];

    expect(account.quote(1, 110_000)).toEqual([]);
    account.engine.step({ type: 'request-refused', requestId: 'from-before' });
    strategy.answerToQuote = [LONG];
    expect(submitted(account.quote(2, 110_000)).id).toBe('a-1');
  });

  it('is busy as long as an order of it rests', () => {
    const { account, strategy } = start();
    strategy.answerToQuote = [BUY_LIMIT];
    const order = submitted(account.quote(1, 110_000));
    account.show(account.log.accept(order));
    strategy.answerToQuote = [LONG];

    expect(account.quote(2, 110_000)).toEqual([]);
    expect(strategy.view?.hasOpenOrder).toBe(true);
    account.show(account.log.cancel(order.id));
    expect(strategy.view?.hasOpenOrder).toBe(false);
  });

  it('closes and protects at once while an entry is in flight', () => {
    const { account, strategy, close } = startLong();
    const { brokerPositionId } = close;
    strategy.answerToQuote = [LONG];
    account.quote(2, 110_000);
    strategy.answerToQuote = [{ type: 'modify', brokerPositionId, stopLoss: 109_000 }, LONG, close, SHORT];

    const effects = account.quote(3, 109_500);

    expect(effects.map(({ type }) => type)).toEqual(['change-protection', 'close-position']);
  });

  it('does not ask twice to close a position, nor give up what waits behind the first close', () => {
    const { account, strategy, close } = startLong();
    strategy.answerToQuote = [close, SHORT];
    const request = closing(account.quote(2, 109_500));
    strategy.answerToQuote = [close, SHORT];

    expect(account.quote(3, 109_400)).toEqual([]);
    expect(submitted(account.show(account.log.close(request, 109_400))).terms.side).toBe('sell');
  });

  it('does not wait behind a close that was not sent, because its position had ended', () => {
    const { account, strategy, close } = startLong();
    strategy.answerToQuote = [close, SHORT];
    const request = closing(account.quote(2, 109_500));
    expect(account.show(account.log.close({ ...request, id: 'of-another' }, 109_400))).toEqual([]);

    const effects = account.engine.step({ type: 'request-refused', requestId: request.id });

    expect(submitted(effects).terms.side).toBe('sell');
  });

  it('does not close beside the queue what the queue is about to close', () => {
    const { account, strategy, close } = startLong();
    strategy.answerToQuote = [LONG];
    account.show(account.log.acceptAndFill(submitted(account.quote(2, 110_000)), 110_010));
    const [, second] = strategy.view?.positions ?? [];
    const closeSecond: CloseIntent = { type: 'close', brokerPositionId: second?.brokerPositionId ?? 0 };
    strategy.answerToQuote = [close, closeSecond];
    account.quote(3, 109_500);
    strategy.answerToQuote = [closeSecond];

    expect(account.quote(4, 109_400)).toEqual([]);
  });

  it('answers to a fill are dropped while the answer before still has intents', () => {
    const { account, strategy, close } = startLong();
    strategy.answerToQuote = [close, SHORT];
    const request = closing(account.quote(2, 109_500));
    strategy.answerToFill = [SHORT];

    const effects = account.show(account.log.close(request, 109_500));

    expect(only(effects, 'submit-order')).toHaveLength(1);
  });
});

describe('a close intent', () => {
  it.each([
    ['of a position that is not there', 99, undefined, 'position-unknown'],
    ['of more units than are open', 4, 1_001, 'close-units-exceed-position'],
  ] as const)('%s is denied', (_, brokerPositionId, units, code) => {
    const { account, strategy } = startLong();
    strategy.answerToQuote = [{ type: 'close', brokerPositionId, units }];

    expect(only(account.quote(2, 110_000), 'deny')[0]?.code).toBe(code);
  });

  it("of a person's position is denied as if it were not there", () => {
    const { account, strategy } = start();
    const terms = {
      instrument: 'EUR_USD',
      orderType: 'market',
      side: 'buy',
      units: 10,
      timeInForce: 'FOK',
    } as const;
    account.show(account.log.acceptAndFill({ id: 'p-1', terms, decidedAt: 0 }, 110_010));
    strategy.answerToQuote = [{ type: 'close', brokerPositionId: 4 }];

    expect(only(account.quote(2, 110_000), 'deny')[0]?.code).toBe('position-unknown');
  });

  it('of a position that a person is closing is denied', () => {
    const { account, strategy, close } = startLong();
    const { brokerPositionId } = close;
    account.engine.step({ type: 'close-requested', request: { id: 'p-1', brokerPositionId, decidedAt: 0 } });
    strategy.answerToQuote = [close];

    expect(only(account.quote(2, 110_000), 'deny')[0]?.code).toBe('close-in-progress');
  });

  it('can be for a part', () => {
    const { account, strategy, close } = startLong();
    strategy.answerToQuote = [{ ...close, units: 400 }];
    const request = closing(account.quote(2, 110_500));

    account.show(account.log.close(request, 110_500));

    expect(request.units).toBe(400);
    expect(strategy.view?.positions.map(({ openUnits }) => openUnits)).toEqual([600]);
  });
});

describe('a paused strategy', () => {
  it('sees prices and fills, but wants nothing', () => {
    const { account, strategy } = startLong();
    account.engine.step({ type: 'strategy-paused', strategyId: 's' });
    strategy.view = undefined;
    strategy.answerToQuote = [LONG];

    expect(account.quote(2, 110_000)).toEqual([]);
    expect(strategy.view).toBeDefined();
  });

  it('loses the intents that wait, and decides again when it is resumed', () => {
    const { account, strategy, close } = startLong();
    strategy.answerToQuote = [close, SHORT];
    const request = closing(account.quote(2, 109_500));
    account.engine.step({ type: 'strategy-paused', strategyId: 's' });

    expect(account.show(account.log.close(request, 109_500))).toEqual([]);
    account.engine.step({ type: 'strategy-resumed', strategyId: 's' });
    strategy.answerToQuote = [SHORT];
    expect(submitted(account.quote(3, 109_500)).terms.side).toBe('sell');
  });
});

describe('a strategy that throws', () => {
  it.each([
    ['at a quote', 'answerToQuote'],
    ['at a candle', 'answerToCandle'],
    ['at a fill', 'answerToFill'],
  ] as const)('%s fails and leaves, and the account continues', (_, moment) => {
    const account = new TestAccount();
    const strategy = new ScriptedStrategy('M1');
    const other = new ScriptedStrategy('M1');
    account.attach(strategy);
    account.attach(other, 'other');
    account.quote(0, 110_000);
    strategy.answerToQuote = [LONG];
    const order = submitted(account.quote(1, 110_000));
    strategy[moment] = new TypeError('no such price');

    const effects = [
      ...account.show(account.log.acceptAndFill(order, 110_010)),
      ...account.quote(2, 110_000),
      ...account.clock(60_000),
    ];

    const at = expect.any(Number);
    expect(effects).toEqual([
      {
        type: 'strategy-failed',
        strategyId: 's',
        reason: 'TypeError: no such price',
        error: new TypeError('no such price'),
        at,
      },
    ]);
    expect(account.engine.saveStrategy('s')).toBeUndefined();
    expect(other.candles).toHaveLength(1);
    expect(account.engine.ledger.openPositions.size).toBe(1);
  });

  it('fails as well when it answers with no list', () => {
    const account = new TestAccount();
    const strategy = new ScriptedStrategy();
    Object.assign(strategy, { onQuote: () => ({ type: 'open' }) });
    account.attach(strategy);

    expect(account.quote(0, 110_000).map(({ type }) => type)).toEqual(['strategy-failed']);
  });

  it('has its resting orders cancelled', () => {
    const { account, strategy } = start();
    strategy.answerToQuote = [BUY_LIMIT];
    const order = submitted(account.quote(1, 110_000));
    account.show(account.log.accept(order));
    strategy.answerToQuote = new Error('lost');

    expect(account.quote(2, 110_000).map(({ type }) => type)).toEqual(['strategy-failed', 'cancel-order']);
  });
});

describe('what a strategy wants while the market is closed', () => {
  /** Friday, 8 March 2024, 17:00 in New York, after ten o'clock on Tuesday. */
  const WEEK_END = Date.UTC(2024, 2, 8, 22) - TEN_O_CLOCK;
  /** Sunday, 17:03 in New York: its clocks have gone forward. */
  const OPENING = Date.UTC(2024, 2, 10, 21, 3) - TEN_O_CLOCK;

  /** A long position and a strategy that turns on the week's last candle. */
  function turnAtTheWeekEnd() {
    const started = startLong('H1');
    const { account, strategy, close } = started;
    account.clock(WEEK_END - 3_600_000);
    account.quote(WEEK_END - 3_600_000, 110_000);
    strategy.answerToCandle = [close, SHORT];
    return { ...started, atTheEnd: account.clock(WEEK_END) };
  }

  it('is traded at the first quote of the new week', () => {
    const { account, strategy, atTheEnd } = turnAtTheWeekEnd();

    expect(atTheEnd).toEqual([]);
    expect(account.quote(WEEK_END + 3_600_000, 110_000)).toEqual([]);
    expect(strategy.view?.hasOpenOrder).toBe(true);
    const close = closing(account.quote(OPENING, 110_300));
    const entry = submitted(account.show(account.log.close(close, 110_300)));

    expect(entry.terms).toMatchObject({ side: 'sell', orderType: 'market' });
  });

  it('waits for a quote of its own instrument', () => {
    const { account } = turnAtTheWeekEnd();

    expect(account.quote(OPENING, 1_500_000, { instrument: 'USD_JPY' })).toEqual([]);
    expect(only(account.quote(OPENING + 1, 110_300), 'close-position')).toHaveLength(1);
  });

  it('is kept through a restart', () => {
    const { account, strategy } = turnAtTheWeekEnd();
    const restarted = new TestAccount({ newId: countIds('b') });
    restarted.show(account.log.transactions.slice(2));
    restarted.engine.restoreState(JSON.parse(JSON.stringify(account.engine.saveState())) as Json);
    restarted.attach(strategy);

    expect(only(restarted.quote(OPENING, 110_300), 'close-position')).toHaveLength(1);
  });

  it('is dropped when the strategy is paused', () => {
    const { account } = turnAtTheWeekEnd();
    account.engine.step({ type: 'strategy-paused', strategyId: 's' });

    expect(account.quote(OPENING, 110_300)).toEqual([]);
  });

  it('is closed with its positions when it is stopped, although the first close failed', () => {
    const { account } = startLong();
    const detached = account.engine.step({ type: 'strategy-detached', strategyId: 's', mode: 'close' });
    account.show(account.log.cancelClose(closing(detached), 'market-halted'));

    expect(account.quote(59_000, 110_000)).toEqual([]);
    const again = closing(account.quote(61_000, 110_000));
    account.show(account.log.close(again, 110_000));

    expect(account.quote(200_000, 110_000)).toEqual([]);
  });
});
