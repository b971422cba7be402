/** Several orders of one strategy at once: each tag has a row of its own. */

import { describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import { only, TestAccount } from './testing/account.ts';
import { ScriptedStrategy } from './testing/scripted-strategy.ts';
import type { OrderRequest } from '../domain/order.ts';
import type { OpenIntent } from '../strategies/strategy.ts';
import type { Effect } from './effect.ts';

function limit(price: number, tag?: string): OpenIntent {
  return { type: 'open', side: 'long', size: { units: 100 }, orderType: 'limit', price, tag };
}

const GRID = [limit(109_000, 'g1'), limit(108_000, 'g2'), limit(107_000, 'g3')];

function start(): { account: TestAccount; strategy: ScriptedStrategy } {
  const account = new TestAccount();
  const strategy = new ScriptedStrategy();
  account.attach(strategy);
  account.quote(0, 110_000);
  return { account, strategy };
}

const submitted = (effects: readonly Effect[]): readonly OrderRequest[] =>
  only(effects, 'submit-order').map(({ request }) => request);

describe('A grid of three limits', () => {
  it('is three orders at once, each with its tag', () => {
    const { account, strategy } = start();
    strategy.answerToQuote = GRID;

    const requests = submitted(account.quote(1, 110_000));

    expect(requests.map(({ terms }) => [terms.price, terms.tag])).toEqual([
      [109_000, 'g1'],
      [108_000, 'g2'],
      [107_000, 'g3'],
    ]);
    expect(strategy.view?.orders.map(({ tag, isResting }) => [tag, isResting])).toEqual([
      ['g1', false],
      ['g2', false],
      ['g3', false],
    ]);
  });

  it('of which one was filled asks for that one alone again', () => {
    const { account, strategy } = start();
    strategy.answerToQuote = GRID;
    const requests = submitted(account.quote(1, 110_000));
    for (const request of requests) account.show(account.log.accept(request));
    account.show(account.log.fill(requests[0]?.id ?? '', 109_000));
    strategy.answerToQuote = GRID;

    const again = submitted(account.quote(2, 109_500));

    expect(again.map(({ terms }) => terms.tag)).toEqual(['g1']);
    expect(strategy.view?.positions.map(({ tag }) => tag)).toEqual(['g1']);
    expect(strategy.view?.isUnderWay('g2')).toBe(true);
    expect(strategy.view?.isUnderWay('g4')).toBe(false);
  });

  it('without tags is one order at a time, as each waits for the one before', () => {
    const { account, strategy } = start();
    strategy.answerToQuote = [limit(109_000), limit(108_000)];

    const [first, ...others] = submitted(account.quote(1, 110_000));

    expect(others).toEqual([]);
    expect(first && submitted(account.show(account.log.accept(first)))).toHaveLength(1);
  });

  it('loses only the rest of its own tag when one is rejected', () => {
    const { account, strategy } = start();
    strategy.answerToQuote = [limit(109_000, 'a'), limit(108_000, 'a'), limit(107_000, 'b')];
    const requests = submitted(account.quote(1, 110_000));

    const after = submitted(account.show(account.log.reject(requests[0]?.id ?? '', 'price-invalid')));

    expect(requests.map(({ terms }) => terms.tag)).toEqual(['a', 'b']);
    expect(after).toEqual([]);
  });

  it('is known by its tags after a restart, from the log alone', () => {
    const { account, strategy } = start();
    strategy.answerToQuote = GRID;
    const requests = submitted(account.quote(1, 110_000));
    for (const request of requests) account.show(account.log.accept(request));
    account.show(account.log.fill(requests[1]?.id ?? '', 108_000));

    const again = new TestAccount();
    again.show(account.log.transactions);
    const successor = new ScriptedStrategy();
    again.attach(successor);
    again.quote(3, 108_500);

    expect(successor.view?.orders.map(({ tag, isResting }) => [tag, isResting])).toEqual([
      ['g1', true],
      ['g3', true],
    ]);
    expect(successor.view?.positions.map(({ tag }) => tag)).toEqual(['g2']);
  });
});

describe('An order in flight whose tag is not known any more', () => {
  it('counts for every tag: none may be doubled', () => {
    const { account, strategy } = start();
    const terms = {
      instrument: 'EUR_USD',
      orderType: 'limit',
      side: 'buy',
      units: 100,
      price: 109_000,
    } as const;
    account.engine.expectOutcome({
      id: 'from-before',
      terms: { ...terms, timeInForce: 'GTC' },
      strategyId: 's',
      decidedAt: 0,
    });
    strategy.answerToQuote = GRID;

    expect(account.quote(1, 110_000)).toEqual([]);
  });
});

describe('A cancel', () => {
  it('of an order that rests is sent at once, beside what is under way', () => {
    const { account, strategy } = start();
    strategy.answerToQuote = [GRID[0] ?? limit(0)];
    const [request] = submitted(account.quote(1, 110_000));
    if (request) account.show(account.log.accept(request));
    strategy.answerToQuote = [{ type: 'cancel', orderId: request?.id ?? '' }];

    const cancels = only(account.quote(2, 110_000), 'cancel-order');

    expect(cancels).toMatchObject([{ brokerOrderId: 3 }]);
  });

  it('of an order on its way is sent when it rests', () => {
    const { account, strategy } = start();
    strategy.answerToQuote = [GRID[0] ?? limit(0)];
    const [request] = submitted(account.quote(1, 110_000));
    strategy.answerToQuote = [{ type: 'cancel', orderId: request?.id ?? '' }];

    expect(account.quote(2, 110_000)).toEqual([]);
    expect(request && only(account.show(account.log.accept(request)), 'cancel-order')).toHaveLength(1);
  });

  it.each(['none', 'other'])('of an order that is not its own changes nothing: %s', (orderId) => {
    const { account, strategy } = start();
    account.show(
      account.log.accept({
        id: 'other',
        terms: {
          instrument: 'EUR_USD',
          orderType: 'limit',
          side: 'buy',
          units: 1,
          price: 100_000,
          timeInForce: 'GTC',
        },
        decidedAt: 0,
      }),
    );
    strategy.answerToQuote = [{ type: 'cancel', orderId }];

    expect(account.quote(1, 110_000)).toEqual([]);
  });
});

describe('A tag', () => {
  it.each(['', 'two words', 'x'.repeat(65)])(
    'that no log can hold is an error of the strategy: %j',
    (tag) => {
      const { account, strategy } = start();
      strategy.answerToQuote = [limit(109_000, tag)];

      expect(only(account.quote(1, 110_000), 'strategy-failed')).toHaveLength(1);
    },
  );
});

describe('The view', () => {
  it('shows the money of the account and whether it hedges', () => {
    const account = new TestAccount({ hedging: true });
    const strategy = new ScriptedStrategy();
    account.attach(strategy);
    account.quote(0, 110_000);

    expect(strategy.view).toMatchObject({
      equity: 100_000_000,
      marginUsed: 0,
      marginAvailable: 100_000_000,
      hedging: true,
    });
  });
});

describe('A strategy with a second instrument', () => {
  const attach = (): { account: TestAccount; strategy: ScriptedStrategy } => {
    const account = new TestAccount();
    const strategy = new ScriptedStrategy('M1');
    account.engine.step({
      type: 'strategy-attached',
      strategyId: 's',
      instrument: PAPER_INSTRUMENTS.named('EUR_USD'),
      otherInstruments: [PAPER_INSTRUMENTS.named('GBP_USD')],
      strategy,
      paused: false,
    });
    return { account, strategy };
  };

  it('sees quotes and candles of both, and no others', () => {
    const { account, strategy } = attach();
    account.quote(0, 110_000);
    account.quote(1, 130_000, { instrument: 'GBP_USD' });
    account.quote(2, 70_000, { instrument: 'AUD_USD' });
    account.clock(60_000);

    expect(strategy.quotes.map(({ instrument }) => instrument)).toEqual(['EUR_USD', 'GBP_USD']);
    expect(strategy.candles.map(({ instrument, bidClose }) => [instrument, bidClose])).toEqual([
      ['EUR_USD', 110_000],
      ['GBP_USD', 130_000],
    ]);
    expect(strategy.view?.quoteOf('GBP_USD')?.bid).toBe(130_000);
    expect(strategy.view?.quote?.bid).toBe(110_000);
  });

  it('trades the one that its intent names, and no third', () => {
    const { account, strategy } = attach();
    account.quote(0, 130_000, { instrument: 'GBP_USD' });
    const open = { type: 'open', side: 'long', size: { units: 100 }, orderType: 'market' } as const;
    strategy.answerToQuote = [{ ...open, instrument: 'GBP_USD', tag: 'b' }];
    const [request] = submitted(account.quote(1, 110_000));
    strategy.answerToQuote = [{ ...open, instrument: 'AUD_USD', tag: 'c' }];

    expect(request?.terms.instrument).toBe('GBP_USD');
    expect(account.quote(2, 110_000)).toMatchObject([{ type: 'deny', code: 'instrument-unknown' }]);
  });
});
