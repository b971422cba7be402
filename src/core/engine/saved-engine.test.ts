import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvariantError, unreachable } from '../shared/assert.ts';
import { DEFAULT_COSTS } from '../simulation/costs.ts';
import { Exchange } from '../simulation/exchange.ts';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { NO_INTENTS } from '../strategies/strategy.ts';
import { Engine } from './engine.ts';
import { countIds, TEN_O_CLOCK, TestAccount } from './testing/account.ts';
import { ScriptedStrategy } from './testing/scripted-strategy.ts';
import type { Candle } from '../domain/candle.ts';
import type { RiskLimits } from '../domain/account.ts';
import type { Quote } from '../domain/quote.ts';
import type { OrderFilled, Transaction } from '../domain/transaction.ts';
import type { Json } from '../shared/json.ts';
import type { Intent, Strategy, StrategyView } from '../strategies/strategy.ts';
import type { Effect } from './effect.ts';

/** A strategy that does a little of everything and whose decisions hang on all it was ever shown. */
class RestlessStrategy implements Strategy {
  readonly granularities = ['M1', 'M5'] as const;
  #mood = 0;

  onCandle(candle: Candle, view: StrategyView): readonly Intent[] {
    this.#mood = (this.#mood * 31 + candle.bidClose + candle.quotes + candle.askHigh) % 1_009;
    return this.#decide(view);
  }

  onQuote(quote: Quote, view: StrategyView): readonly Intent[] {
    this.#mood = (this.#mood * 17 + quote.ask) % 1_009;
    return this.#mood % 5 === 0 ? this.#decide(view) : NO_INTENTS;
  }

  onFill(fill: OrderFilled, view: StrategyView): readonly Intent[] {
    this.#mood = (this.#mood + fill.units + view.positions.length) % 1_009;
    return this.#mood % 3 === 0 ? this.#decide(view) : NO_INTENTS;
  }

  save(): Json {
    return this.#mood;
  }

  restore(state: Json): void {
    this.#mood = Number(state);
  }

  #decide({ quote, positions, at }: StrategyView): readonly Intent[] {
    if (!quote) return NO_INTENTS;
    const [position] = positions;
    const side = this.#mood % 2 === 0 ? 'long' : 'short';
    const away = side === 'long' ? -1 : 1;
    const open = {
      type: 'open',
      side,
      size: { riskFraction: 0.01, stopDistance: 300 },
      orderType: 'market',
    } as const;
    const resting = {
      ...open,
      orderType: 'limit',
      price: quote.bid + away * 20,
      expiresAt: at + 90_000,
    } as const;
    if (!position) return [{ ...open, stopLoss: quote.bid + away * 300 }, resting];
    const { brokerPositionId, side: held } = position;
    const stopLoss = held === 'long' ? quote.bid - 100 : quote.ask + 100;
    if (this.#mood % 4 === 0) return [{ type: 'modify', brokerPositionId, stopLoss }];
    return [{ type: 'close', brokerPositionId }, open];
  }
}

type Step =
  | { readonly type: 'quote'; readonly name: string; readonly waitMs: number; readonly move: number }
  | { readonly type: 'halt' | 'resume' | 'kill' };

const START = Date.UTC(2024, 2, 5, 21, 20);
const NAMES = { EUR_USD: 'eur', USD_JPY: 'jpy' } as const;

/** The account of a run: it is worth about ten thousand dollars. */
interface RunAccount {
  readonly currency: 'USD' | 'EUR' | 'JPY';
  readonly hedging: boolean;
}
const anyAccount = fc.record({ currency: fc.constantFrom('USD', 'EUR', 'JPY'), hedging: fc.boolean() });
const DOLLARS: Readonly<Record<RunAccount['currency'], number>> = { USD: 1, EUR: 0.9, JPY: 150 };

function limitsOf(dollars: number): RiskLimits {
  return {
    maxDailyLoss: 800_000 * dollars,
    maxPositionUnits: 100_000,
    maxWeeklyLoss: 1_200_000 * dollars,
    maxOrdersPerMinute: 3,
    maxTradesPerDay: 12,
    maxSpreadRatio: 1.5,
    rollOver: { minutesBefore: 2, minutesAfter: 5 },
    profitLock: { from: 300_000 * dollars, keep: 0.5, positions: 'close' },
    propRules: { startEquity: 100_000_000 * dollars, drawdown: 'trailing', maxDrawdown: 2_000_000 * dollars },
  };
}

/** An engine and two strategies on the simulated exchange, which can all be put down and taken up again at any point. */
class Run {
  readonly effects: Effect[] = [];
  /** What could be seen of the engine before and after the restart. */
  pictures: readonly unknown[] = [];
  readonly #account: RunAccount;
  readonly #exchange: Exchange;
  readonly #log: Transaction[] = [];
  readonly #newId = countIds();
  readonly #restartAt: number;
  readonly #prices = new Map([
    ['EUR_USD', 110_000],
    ['USD_JPY', 150_000],
  ]);
  #engine: Engine;
  #at = START;
  #points = 0;

  /** Puts everything down and takes it up again at the point with this number; at 0 never. */
  constructor(restartAt: number, drawn: RunAccount) {
    this.#restartAt = restartAt;
    this.#account = drawn;
    this.#exchange = new Exchange({ ...drawn, costs: DEFAULT_COSTS });
    this.#engine = this.#createEngine();
    this.#show(this.#exchange.openAccount(100_000_000 * DOLLARS[drawn.currency], START));
    this.#attach(() => undefined);
  }

  play(steps: readonly Step[]): void {
    for (const step of steps) this.#play(step);
  }

  #play(step: Step): void {
    if (step.type !== 'quote') return this.#perform(this.#engine.step({ type: step.type }));
    this.#at += step.waitMs;
    while (this.#engine.nextClockAt <= this.#at) {
      const at = this.#engine.nextClockAt;
      this.#perform(this.#show(this.#exchange.onClock(at)));
      this.#perform(this.#engine.step({ type: 'clock', at, pricesAliveAt: at }));
    }
    const bid = (this.#prices.get(step.name) ?? 0) + step.move;
    this.#prices.set(step.name, bid);
    const quote = { instrument: step.name, at: this.#at, bid, ask: bid + 12 };
    this.#perform(this.#show(this.#exchange.onQuote(quote)));
    this.#perform(this.#engine.step({ type: 'quote', quote }));
  }

  #perform(effects: readonly Effect[]): void {
    const queue = [...effects];
    for (let effect = queue.shift(); effect; effect = queue.shift()) {
      this.effects.push(effect);
      queue.push(...this.#show(this.#answer(effect)));
    }
    this.#points += 1;
    if (this.#points === this.#restartAt) this.#restart();
  }

  #answer(effect: Effect): readonly Transaction[] {
    switch (effect.type) {
      case 'submit-order':
        return this.#exchange.submitOrder(effect.request);
      case 'close-position':
        return this.#exchange.closePosition(effect.request);
      case 'cancel-order':
        return this.#exchange.cancelOrder(effect.brokerOrderId, effect.decidedAt);
      case 'change-protection':
        return this.#exchange.changeProtection(effect.request);
      case 'renew-order':
      case 'deny':
      case 'halt':
      case 'halt-ended':
      case 'limit-near':
      case 'stop-missing':
      case 'weekend-missed':
      case 'strategy-failed':
        return [];
      default:
        return unreachable(effect);
    }
  }

  #show(transactions: readonly Transaction[]): readonly Effect[] {
    this.#log.push(...transactions);
    return this.#engine.absorb(transactions).effects;
  }

  #restart(): void {
    const before = this.#engine;
    const state = JSON.parse(JSON.stringify(before.saveState()));
    this.#engine = this.#createEngine();
    this.effects.push(...this.#engine.absorb(this.#log).effects);
    this.#engine.restoreState(state);
    this.#attach((strategyId) => before.saveStrategy(strategyId));
    this.pictures = [before, this.#engine].map(pictureOf);
  }

  #createEngine(): Engine {
    return new Engine({
      ...this.#account,
      limits: limitsOf(DOLLARS[this.#account.currency]),
      conversionMarkup: DEFAULT_COSTS.conversionMarkup,
      newId: this.#newId,
      // Longer than any pause here: a quote from before a restart is meant to be distrusted earlier than one from after it.
      maximumQuoteAgeMs: 600_000,
    });
  }

  #attach(stateOf: (strategyId: string) => Json | undefined): void {
    for (const [name, strategyId] of Object.entries(NAMES)) {
      const strategy = new RestlessStrategy();
      const state = stateOf(strategyId);
      if (state !== undefined) strategy.restore(state);
      const instrument = PAPER_INSTRUMENTS.named(name);
      this.#engine.step({ type: 'strategy-attached', strategyId, instrument, strategy, paused: false });
    }
  }
}

function pictureOf(engine: Engine): unknown {
  const { at, isHalted, nextClockAt } = engine;
  return { at, isHalted, nextClockAt, snapshot: engine.snapshot(), state: engine.saveState() };
}

const quote = fc.record({
  type: fc.constant('quote' as const),
  name: fc.constantFrom('EUR_USD', 'USD_JPY'),
  waitMs: fc.integer({ min: 0, max: 12_000 }),
  move: fc.integer({ min: -60, max: 60 }),
});
const command = fc.record({ type: fc.constantFrom('halt', 'resume', 'resume', 'kill') });
const steps = fc.array(fc.oneof({ weight: 25, arbitrary: quote }, { weight: 1, arbitrary: command }), {
  minLength: 200,
  maxLength: 400,
  size: 'max',
});

describe('an engine', () => {
  it('gives the same effects for the same events', () => {
    fc.assert(
      fc.property(steps, anyAccount, (events, drawn) => {
        const [one, other] = [new Run(0, drawn), new Run(0, drawn)];
        one.play(events);
        other.play(events);

        expect(one.effects).toEqual(other.effects);
      }),
      { numRuns: 20 },
    );
  });

  it('that is saved and restored at any point gives the effects it would have given', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 900 }), anyAccount, (events, restartAt, drawn) => {
        const [straight, restarted] = [new Run(0, drawn), new Run(restartAt, drawn)];
        straight.play(events);
        restarted.play(events);

        // A denial that is repeated within the minute is reported once; a new engine does not know that it was.
        const isAct = ({ type }: Effect): boolean => type !== 'deny';
        expect(restarted.effects.filter(isAct)).toEqual(straight.effects.filter(isAct));
        expect(restarted.pictures[1]).toEqual(restarted.pictures[0]);
      }),
      { numRuns: 60 },
    );
  });

  it.each<RunAccount>([
    { currency: 'USD', hedging: false },
    { currency: 'EUR', hedging: true },
    { currency: 'JPY', hedging: false },
  ])('is really kept busy by these events: %j', (drawn) => {
    const types = new Set<string>();
    for (const events of fc.sample(steps, { numRuns: 20, seed: 1 })) {
      const run = new Run(0, drawn);
      run.play(events);
      for (const { type } of run.effects) types.add(type);
    }

    expect([...types].sort()).toEqual([
      'cancel-order',
      'change-protection',
      'close-position',
      'deny',
      'halt',
      'limit-near',
      'submit-order',
    ]);
  });
});

describe('restoreState', () => {
  const DAY = 86_400_000;
  const BUY = {
    instrument: 'EUR_USD',
    orderType: 'market',
    side: 'buy',
    units: 10_000,
    timeInForce: 'FOK',
  } as const;

  function restarted(account: TestAccount, limits = {}): TestAccount {
    const next = new TestAccount({ limits });
    next.engine.restoreState(account.engine.saveState());
    return next;
  }

  it.each([
    ['no object', 7],
    ['nothing', null],
    [
      'no list where one is wanted',
      { version: 1, at: 0, isHalted: false, day: null, quotes: {}, candles: [] },
    ],
    ['another version', { version: 2 }],
    ['a list', []],
    ['a part missing', { version: 1, at: 0, isHalted: false, day: null, quotes: [] }],
    [
      'a time that is no number',
      { version: 1, at: 'noon', isHalted: false, day: null, quotes: [], candles: [] },
    ],
    [
      'a granularity that does not exist',
      {
        version: 1,
        at: 0,
        isHalted: false,
        day: null,
        quotes: [],
        candles: [
          { instrument: 'EUR_USD', granularity: 'M7', startedAt: null, closedUntil: null, candle: null },
        ],
      },
    ],
  ])('refuses %s', (_, state) => {
    expect(() => new TestAccount().engine.restoreState(state)).toThrow(InvariantError);
  });

  it('refuses to come after a strategy was attached', () => {
    const account = new TestAccount();
    const state = account.engine.saveState();
    account.attach(new ScriptedStrategy('M1'));

    expect(() => account.engine.restoreState(state)).toThrow(InvariantError);
  });

  it("keeps a person's halt", () => {
    const account = new TestAccount();
    account.engine.step({ type: 'halt' });

    expect(restarted(account).engine.isHalted).toBe(true);
  });

  it('keeps a candle under construction whole', () => {
    const account = new TestAccount();
    account.attach(new ScriptedStrategy('M15'));
    account.clock(0);
    account.quote(1_000, 110_000);
    const next = restarted(account);
    const strategy = new ScriptedStrategy('M15');
    next.attach(strategy);
    next.quote(60_000, 110_100);
    next.clock(900_000);

    expect(strategy.candles.map(({ bidOpen, bidClose, quotes }) => [bidOpen, bidClose, quotes])).toEqual([
      [110_000, 110_100, 2],
    ]);
  });

  it('keeps the start of the trading day, and lets it go when another has begun', () => {
    const limits = { maxDailyLoss: 500_000 };
    const account = new TestAccount({ limits });
    account.quote(0, 110_000);
    account.show(account.log.acceptAndFill({ id: 'p-1', terms: BUY, decidedAt: 0 }, 110_010));
    account.quote(1, 109_700);

    const [sameDay, nextDay] = [1_000, DAY].map((afterMs) => {
      const next = restarted(account, limits);
      next.show(account.log.transactions);
      return next.quote(afterMs, 109_510).map(({ type }) => type);
    });

    expect(sameDay).toEqual(['halt']);
    expect(nextDay).toEqual([]);
  });

  it('judges the loss at a fill that comes before the first price', () => {
    const limits = { maxDailyLoss: 500_000 };
    const account = new TestAccount({ limits });
    account.quote(0, 110_000);
    account.show(account.log.acceptAndFill({ id: 'p-1', terms: BUY, decidedAt: 0 }, 110_010));
    account.quote(1, 109_800);
    const next = new TestAccount({ limits });
    next.show(account.log.transactions.slice(1));
    next.engine.restoreState(account.engine.saveState());

    const effects = next.show(account.log.acceptAndFill({ id: 'p-2', terms: BUY, decidedAt: 0 }, 109_500));

    expect(effects.map(({ type }) => type)).toContain('halt');
  });

  it.each([
    ['a limit on losses', { maxDailyLoss: 400_000 }, 109_510],
    ['a profit target', { profitTarget: { equity: 100_400_000, positions: 'close' } }, 110_510],
  ] as const)('does not judge %s at prices of hours ago', (_rule, limits, exit) => {
    const resumesAfterMs = 3 * 3_600_000;
    const account = new TestAccount({ limits });
    account.quote(0, 110_000);
    account.quote(0, 130_000, { instrument: 'GBP_USD' });
    account.show(account.log.acceptAndFill({ id: 'p-1', terms: BUY, decidedAt: 0 }, 110_010));
    const hedge = { ...BUY, instrument: 'GBP_USD', side: 'sell' } as const;
    account.show(account.log.acceptAndFill({ id: 'p-2', terms: hedge, decidedAt: 0 }, 130_000));
    const [position] = account.engine.ledger.openPositions.keys();
    const next = new TestAccount({ limits });
    next.show(account.log.transactions.slice(1));
    next.engine.restoreState(account.engine.saveState(), TEN_O_CLOCK + resumesAfterMs);

    account.log.setTime(TEN_O_CLOCK + resumesAfterMs - 1);
    const close = { id: 'c-1', brokerPositionId: position ?? 0, decidedAt: 0 };
    const atFill = next.show(account.log.close(close, exit));
    const moved = 130_000 + exit - 110_010;
    const atPrice = next.quote(resumesAfterMs, moved - 10, { ask: moved, instrument: 'GBP_USD' });

    expect([atFill, atPrice]).toEqual([[], []]);
  });

  it('lets a day go that is older than the log', () => {
    const limits = { maxDailyLoss: 1 };
    const account = new TestAccount({ limits });
    account.quote(0, 110_000);
    account.show(account.log.acceptAndFill({ id: 'p-1', terms: BUY, decidedAt: 0 }, 110_010));
    expect(account.engine.isHalted).toBe(true);
    const next = new TestAccount({ limits });
    next.log.setTime(next.engine.at + DAY);
    next.show(next.log.transfer(1));

    next.engine.restoreState(account.engine.saveState());

    expect(next.engine.isHalted).toBe(false);
  });

  it("does not let today's price stream vouch for a quote from before", () => {
    const account = new TestAccount();
    account.quote(0, 110_000);
    const next = restarted(account);
    next.clock(3_600_000);
    const terms = {
      instrument: 'EUR_USD',
      orderType: 'market',
      side: 'buy',
      units: 10,
      timeInForce: 'FOK',
    } as const;
    const place = (id: string): readonly Effect[] =>
      next.engine.step({ type: 'order-requested', request: { id, terms, decidedAt: 0 } });

    expect(place('p-1')).toMatchObject([{ type: 'deny', code: 'stale-quote' }]);
    next.quote(3_600_001, 110_000);
    next.clock(7_200_000);
    expect(place('p-2')).toMatchObject([{ type: 'submit-order' }]);
  });
});
