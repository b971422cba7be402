/** `snowball` on a simulated exchange: EUR_USD with a spread of one pip; ten points are a pip. */

import { describe, expect, it } from 'vitest';
import { LockStep } from '../../backtest/testing/lock-step.ts';
import { Instruments } from '../../domain/instruments.ts';
import { PAPER_INSTRUMENTS } from '../../domain/paper-instruments.ts';
import { TEN_O_CLOCK } from '../../engine/testing/account.ts';
import { checkStrategyParameters } from '../registry.ts';
import { SNOWBALL } from './snowball.ts';
import type { Candle } from '../../domain/candle.ts';
import type { Strategy } from '../strategy.ts';
import type { Json } from '../../shared/json.ts';

const START = 110_000;

/** A candle of the past that closes at `close`. */
function pastCandle(close: number): Candle {
  const prices = { bidOpen: close, bidHigh: close, bidLow: close, bidClose: close };
  const asks = { askOpen: close, askHigh: close, askLow: close, askClose: close };
  return { instrument: 'EUR_USD', granularity: 'M15', startsAt: 0, endsAt: 1, quotes: 1, ...prices, ...asks };
}

/** An account with a warm snowball; prices are given in pips from the start, a second apart. */
class Run {
  readonly account: LockStep;
  readonly strategy: Strategy;
  #at = TEN_O_CLOCK;

  constructor(
    input: Readonly<Record<string, Json>> = {},
    {
      hedging = true,
      balance = 100_000_0000,
      rises = true,
      instrument = PAPER_INSTRUMENTS.named('EUR_USD'),
    } = {},
  ) {
    this.account = new LockStep({ hedging, balance, instruments: new Instruments([instrument]) });
    const checked = checkStrategyParameters(SNOWBALL, { emaFast: 1, emaSlow: 2, ...input });
    if ('errors' in checked) throw new Error(JSON.stringify(checked.errors));
    this.strategy = SNOWBALL.create(checked.parameters, instrument);
    for (let count = 0; count < 14; count += 1)
      this.strategy.learn?.(pastCandle(START + (rises ? 10 : -10) * count));
    this.account.attach(this.strategy);
  }

  /** Shows bids; what is open after each as side, tag and units. */
  bids(...pips: readonly number[]): readonly string[] {
    for (const pip of pips) {
      this.#at += 1000;
      this.account.quote(START + pip * 10, { at: this.#at });
    }
    return this.open;
  }

  wait(ms: number): void {
    this.#at += ms;
  }

  get open(): readonly string[] {
    const positions = [...this.account.engine.ledger.openPositions.values()];
    return positions.map(({ tag, openUnits }) => `${tag} ${openUnits}`).toSorted();
  }

  /** The open positions of one side. */
  of(side: 'long' | 'short'): readonly string[] {
    return this.open.filter((text) => text.startsWith(side));
  }
}

describe('The distance from slot to slot', () => {
  const levelsOf = (input: Readonly<Record<string, Json>>): number => {
    const run = new Run({
      maxSlots: 3,
      maxLayers: 1,
      counterTarget: 'fixed',
      counterTakeProfitPips: 500,
      ...input,
    });
    run.bids(0);
    for (let pip = -1; pip > -200; pip -= 1) run.bids(pip);
    return run.of('long').length;
  };

  it('is one rule for all modes, and at most as many slots are filled as there are', () => {
    for (const spacing of ['constant', 'subtractive', 'divisive', 'manual'])
      expect(levelsOf({ spacing })).toBe(4);
    for (const spacing of ['additive', 'multiplicative'])
      expect(levelsOf({ spacing, headPips: 14, tailPips: 30 })).toBe(4);
  });
});

describe('A hedged snowball', () => {
  it('starts with a head on both sides', () => {
    expect(new Run().bids(0)).toEqual(['long.0.0 1000', 'short.0.0 1000']);
  });

  it('closes a head 50 pips in its favour, at the side on which it fills, and enters again', () => {
    const run = new Run();
    run.bids(0, 49, 50);

    expect(run.account.engine.ledger.openPositions.size).toBeGreaterThan(1);
    // The long head was bought at +1 pip: 50 pips from there is a bid of +51.
    run.bids(51, 51);
    const entries = [...run.account.engine.ledger.openPositions.values()].filter(
      ({ tag }) => tag === 'long.0.0',
    );
    expect(entries.map(({ entryPrice }) => entryPrice)).toEqual([START + 520]);
  });

  it('adds slots of two, three, … times the base against the price, 30 pips apart at first', () => {
    const run = new Run();

    expect(run.bids(0, -29) && run.of('long')).toEqual(['long.0.0 1000']);
    expect(run.bids(-30) && run.of('long')).toEqual(['long.0.0 1000', 'long.0.1 2000']);
    expect(run.bids(-59) && run.of('long')).toHaveLength(2);
    expect(run.bids(-60) && run.of('long')).toEqual(['long.0.0 1000', 'long.0.1 2000', 'long.0.2 3000']);
  });

  it('closes the deepest slot at the average price of what is open, and then the one above it', () => {
    const run = new Run();
    run.bids(0, -30, -60);
    // Bought 1000 at +1, 2000 at −29 and 3000 at −59 pips: the average is −39.
    run.bids(-40);
    expect(run.of('long')).toHaveLength(3);
    run.bids(-39);
    expect(run.of('long')).toEqual(['long.0.0 1000', 'long.0.1 2000']);
    // 1000 at +1 and 2000 at −29: −19.
    run.bids(-20);
    expect(run.of('long')).toHaveLength(2);
    run.bids(-19);
    expect(run.of('long')).toEqual(['long.0.0 1000']);
  });

  it('fills slots up to the second again, and seals the deeper ones', () => {
    const run = new Run({ spacing: 'constant', maxLayers: 1 });
    run.bids(0, -30, -60, -90);
    expect(run.of('long').at(-1)).toBe('long.0.3 4000');
    run.bids(-60, -55, -45, -30, -15);
    expect(run.of('long')).toEqual(['long.0.0 1000']);
    run.bids(-30, -60, -90);
    expect(run.of('long')).toEqual(['long.0.0 1000', 'long.0.1 2000', 'long.0.2 3000']);
    run.bids(-120);
    expect(run.of('long').at(-1)).toBe('long.0.4 5000');
  });

  it('opens the next layer when one is full, and no more than there may be', () => {
    const run = new Run({ spacing: 'constant', maxSlots: 2, maxLayers: 2 });

    run.bids(0, -30, -60, -90, -120, -150, -180, -210);

    expect(run.of('long')).toEqual([
      'long.0.0 1000',
      'long.0.1 2000',
      'long.0.2 3000',
      'long.1.0 1000',
      'long.1.1 2000',
      'long.1.2 3000',
    ]);
  });

  it('adds nothing while the spread is too wide', () => {
    const run = new Run({ maxSpreadPips: 3 });
    run.account.quote(START, { ask: START + 31, at: TEN_O_CLOCK + 500 });

    expect(run.open).toEqual([]);
  });

  it('fills a stopped slot again only after its cool-down', () => {
    const run = new Run({ stopLossPips: 40, rebuildMinutes: 10 });
    run.bids(0, -30, -39, -40);
    // The head is stopped 40 pips below +1; its slot stays.
    expect(run.of('long')).toEqual(['long.0.1 2000']);
    run.bids(-45);
    expect(run.of('long')).toEqual(['long.0.1 2000']);
    run.bids(-69);
    expect(run.of('long')).toEqual([]);
    run.wait(9 * 60_000);
    expect(run.bids(-50) && run.of('long')).toEqual([]);
    run.wait(2 * 60_000);
    run.bids(-50, -50);
    expect(run.of('long')).toEqual(['long.0.0 1000']);
  });

  it('closes from the deepest slot while margin is short, and opens nothing then', () => {
    const tight = { shrinkAboveMargin: 0.1, shrinkToMargin: 0.05, emergencyMargin: 0.9 };
    const run = new Run({ spacing: 'constant', ...tight }, { balance: 1_000_0000 });
    // The larger side binds margin: 1000 units bind 4 % of the money, 3000 bind 11 %.
    expect(run.bids(0, -30)).toHaveLength(3);
    expect(run.bids(-31)).toEqual(['long.0.0 1000', 'short.0.0 1000']);
  });

  it('closes all and opens nothing more when margin comes to the emergency limit', () => {
    const tight = { shrinkAboveMargin: 0.02, shrinkToMargin: 0.01, emergencyMargin: 0.03 };
    const run = new Run(tight, { balance: 1_000_0000 });

    expect(run.bids(0, -1, -2, -3, -4)).toEqual([]);
    expect(run.bids(50, -50, 0)).toEqual([]);
  });

  it('finds its baskets by their tags when it is started again', () => {
    const run = new Run();
    run.bids(0, -30);
    const checked = checkStrategyParameters(SNOWBALL, { emaFast: 1, emaSlow: 2 });
    if ('errors' in checked) throw new Error('wrong');
    const again = SNOWBALL.create(checked.parameters, PAPER_INSTRUMENTS.named('EUR_USD'));
    for (let count = 0; count < 14; count += 1) again.learn?.(pastCandle(START));
    run.account.engine.step({ type: 'strategy-detached', strategyId: 's', mode: 'keep' });
    run.account.attach(again);

    expect(run.bids(-31) && run.of('long')).toEqual(['long.0.0 1000', 'long.0.1 2000']);
    expect(run.bids(-60) && run.of('long')).toHaveLength(3);
  });
});

describe('A netted snowball', () => {
  const net = (input: Readonly<Record<string, Json>> = {}, rises = true): Run =>
    new Run({ spacing: 'constant', ...input }, { hedging: false, rises });

  it('goes with the averages', () => {
    expect(net().bids(0) && net({}, false).bids(0)).toEqual(['net.0 1000']);
    const down = net({}, false);
    down.bids(0);
    expect(down.account.positions).toEqual(['short 1000']);
  });

  it('adds when the price is far enough from the average, not from the last slot', () => {
    const run = net();
    run.bids(0, -28);
    expect(run.open).toEqual(['net.0 1000']);
    run.bids(-29);
    expect(run.open).toEqual(['net.0 1000', 'net.1 2000']);
    // 1000 at +1, 2000 at −28: the average is −18 1/3, so the next slot comes at −48 1/3.
    run.bids(-48);
    expect(run.open).toHaveLength(2);
    run.bids(-49);
    expect(run.open).toEqual(['net.0 1000', 'net.1 2000', 'net.2 3000']);
  });

  it('closes half at 25 pips, the oldest lots first, and the rest at 50', () => {
    const run = net();
    run.bids(0, -29);
    // The average is −18 1/3 pips; half of 3000 units are the first lot and 500 of the second.
    run.bids(6, 7);
    expect(run.open).toEqual(['net.1 1500']);
    run.bids(21);
    expect(run.open).toEqual(['net.1 1500']);
    run.bids(22);
    expect(run.account.engine.ledger.openPositions.size).toBe(0);
    expect(run.bids(22)).toEqual(['net.0 1000']);
  });

  it.each([
    ['full', [] as string[]],
    ['staged', ['net.0 500']],
  ])('cuts its loss: %s', (lossCut, left) => {
    const run = net({ lossCut, lossCutPips: 20 });
    run.bids(0, -18);
    expect(run.open).toEqual(['net.0 1000']);
    run.bids(-19);
    expect(run.open).toEqual(left);
  });

  it('cuts parts of units over several lots to the last part', () => {
    const instrument = { ...PAPER_INSTRUMENTS.named('EUR_USD'), unitsPrecision: 1, minimumUnits: 0.1 };
    const run = new Run(
      { spacing: 'constant', lossCut: 'staged', lossCutPips: 60, baseUnits: 0.1 },
      { hedging: false, instrument },
    );
    run.bids(0, -29, -60);
    expect(run.open).toEqual(['net.0 0.1', 'net.1 0.2', 'net.2 0.3']);
    // Half of 0.6 is the first lot and the second: 0.3 - 0.1 as doubles is a bit less than 0.2, and no units.
    run.bids(-105);
    expect(run.open).toEqual(['net.2 0.3']);
    expect(run.account.codes).toEqual([]);
  });

  it('adds nothing while the trend is against it, where that is wanted', () => {
    const run = net({ addWithTrendOnly: true });
    run.bids(0);
    run.strategy.learn?.(pastCandle(START - 500));
    expect(run.bids(-29)).toHaveLength(1);
    run.strategy.learn?.(pastCandle(START));
    expect(run.bids(-29)).toHaveLength(2);
  });

  it('adds nothing while much margin is used', () => {
    const run = net({ maxMarginToAdd: 0.01, baseUnits: 40_000 });

    expect(run.bids(0, -29)).toEqual(['net.0 40000']);
  });

  it('adds nothing while prices swing widely', () => {
    expect(net({ maxAtrPips: 0.5 }).bids(0, -29)).toHaveLength(1);
    expect(net({ maxAtrPips: 1.5 }).bids(0, -29)).toHaveLength(2);
  });

  it('closes the oldest lot while margin is short', () => {
    const tight = { shrinkAboveMargin: 0.1, shrinkToMargin: 0.05, emergencyMargin: 0.9 };
    const run = new Run({ spacing: 'constant', ...tight }, { hedging: false, balance: 1_000_0000 });

    expect(run.bids(0, -29)).toHaveLength(2);
    expect(run.bids(-29)).toEqual(['net.1 2000']);
  });
});
