/** A strategy that drains: no entries any more, and its exits as before. */

import { describe, expect, it } from 'vitest';
import { only, TestAccount } from './testing/account.ts';
import { ScriptedStrategy } from './testing/scripted-strategy.ts';
import { PAPER_INSTRUMENTS } from '../domain/paper-instruments.ts';
import type { OrderRequest } from '../domain/order.ts';
import type { Intent, OpenIntent } from '../strategies/strategy.ts';
import type { Effect } from './effect.ts';

const BUY: OpenIntent = { type: 'open', side: 'long', size: { units: 100 }, orderType: 'market' };
const LIMIT: OpenIntent = { ...BUY, orderType: 'limit', price: 109_000, tag: 'limit' };

/** The one order that was sent. */
function sent(effects: readonly Effect[]): OrderRequest {
  const [effect] = only(effects, 'submit-order');
  if (!effect) throw new Error('no order was sent');
  return effect.request;
}

/** An account with a strategy that has bought. */
function holding() {
  const account = new TestAccount();
  const strategy = new ScriptedStrategy();
  account.attach(strategy);
  account.quote(0, 110_000);
  account.show(account.log.acceptAndFill(sent(answer(account, strategy, [BUY], 1)), 110_010));
  const [position] = account.engine.ledger.openPositions.values();
  return { account, strategy, brokerPositionId: position?.brokerPositionId ?? Number.NaN };
}

function answer(account: TestAccount, strategy: ScriptedStrategy, intents: readonly Intent[], at: number) {
  strategy.answerToQuote = intents;
  return account.quote(at, 110_000);
}

const drain = ({ engine }: TestAccount): readonly Effect[] =>
  engine.step({ type: 'strategy-draining', strategyId: 's' });

describe('a strategy that drains', () => {
  it('makes no entry, and closes and protects what it holds', () => {
    const { account, strategy, brokerPositionId } = holding();
    drain(account);

    expect(answer(account, strategy, [BUY, LIMIT], 2)).toEqual([]);
    const modify = { type: 'modify', brokerPositionId, stopLoss: 109_500 } as const;
    expect(answer(account, strategy, [modify, BUY], 3)).toMatchObject([{ type: 'change-protection' }]);
    expect(answer(account, strategy, [{ type: 'close', brokerPositionId }, BUY], 4)).toMatchObject([
      { type: 'close-position', request: { brokerPositionId } },
    ]);
  });

  it('has its resting entries cancelled, and those in flight as soon as they rest', () => {
    const { account, strategy } = holding();
    account.show(account.log.accept(sent(answer(account, strategy, [LIMIT], 2))));
    const inFlight = sent(answer(account, strategy, [{ ...LIMIT, tag: 'other' }], 3));

    expect(drain(account)).toMatchObject([{ type: 'cancel-order' }]);
    expect(account.show(account.log.accept(inFlight))).toMatchObject([{ type: 'cancel-order' }]);
  });

  it('was paused before, and acts again for its exits only', () => {
    const { account, strategy, brokerPositionId } = holding();
    account.engine.step({ type: 'strategy-paused', strategyId: 's' });
    drain(account);

    expect(answer(account, strategy, [BUY], 2)).toEqual([]);
    expect(answer(account, strategy, [{ type: 'close', brokerPositionId }], 3)).toHaveLength(1);
  });

  it('was given an entry that waited for an answer, and drops it', () => {
    const { account, strategy, brokerPositionId } = holding();
    const [close] = only(
      answer(account, strategy, [{ type: 'close', brokerPositionId }, BUY], 2),
      'close-position',
    );
    drain(account);
    if (!close) throw new Error('no close was sent');

    expect(account.show(account.log.close(close.request, 110_000))).toEqual([]);
  });

  it('is attached again after a restart, and still makes no entry', () => {
    const account = new TestAccount();
    const strategy = new ScriptedStrategy();
    const instrument = PAPER_INSTRUMENTS.named('EUR_USD');
    account.engine.step({
      type: 'strategy-attached',
      strategyId: 's',
      instrument,
      strategy,
      paused: false,
      draining: true,
    });
    account.quote(0, 110_000);

    expect(answer(account, strategy, [BUY], 1)).toEqual([]);
  });
});
