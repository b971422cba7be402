/** What the engine does about requests whose answer was lost. */
import { describe, expect, it } from 'vitest';
import { only, TEN_O_CLOCK, TestAccount } from './testing/account.ts';
import type { CloseRequest, OrderRequest } from '../domain/order.ts';
import type { Effect } from './effect.ts';
import type { Transaction } from '../domain/transaction.ts';

const MINUTE = 60_000;

const order = (id: string, terms: Partial<OrderRequest['terms']> = {}): OrderRequest => ({
  id,
  terms: {
    instrument: 'EUR_USD',
    orderType: 'market',
    side: 'buy',
    units: 10_000,
    timeInForce: 'FOK',
    ...terms,
  },
  decidedAt: TEN_O_CLOCK,
});
const LIMIT = { orderType: 'limit', price: 109_000, timeInForce: 'GTC' } as const;

/** An account with position number 4: 10,000 EUR_USD bought at 1.10010. */
function startLong(): TestAccount {
  const account = new TestAccount();
  account.quote(0, 110_000);
  account.show(account.log.acceptAndFill(order('p-0'), 110_010));
  return account;
}

const part: CloseRequest = { id: 'p-1', brokerPositionId: 4, units: 4_000, decidedAt: 0 };

const lose = ({ engine }: TestAccount, requestId: string): readonly Effect[] =>
  engine.step({ type: 'outcome-unknown', requestId });
const vanish = ({ engine }: TestAccount, requestId: string): readonly Effect[] =>
  engine.step({ type: 'request-refused', requestId });
const kill = ({ engine }: TestAccount): readonly Effect[] => engine.step({ type: 'kill' });
const close = ({ engine }: TestAccount, request: CloseRequest): readonly Effect[] =>
  engine.step({ type: 'close-requested', request });
/** The closes of whole positions. */
const closesOf = (effects: readonly Effect[]): CloseRequest[] =>
  only(effects, 'close-position')
    .map(({ request }) => request)
    .filter(({ units }) => units === undefined);

describe('a close whose outcome is unknown', () => {
  it('is in flight: no one asks for it again', () => {
    const account = startLong();
    close(account, part);

    expect(lose(account, 'p-1')).toEqual([]);

    expect(close(account, { ...part, id: 'p-2' })).toMatchObject([{ code: 'close-in-progress' }]);
    expect(account.engine.isUnseen('p-1')).toBe(true);
  });

  it('is joined by a close of all units when the account is killed', () => {
    const account = startLong();
    close(account, part);
    lose(account, 'p-1');

    expect(closesOf(kill(account))).toMatchObject([{ brokerPositionId: 4 }]);
    expect(closesOf(kill(account)), 'that one is being answered').toEqual([]);
  });

  it('lets a kill that waited for its answer continue', () => {
    const account = startLong();
    close(account, part);
    expect(kill(account)).toEqual([]);

    expect(closesOf(lose(account, 'p-1'))).toMatchObject([{ brokerPositionId: 4 }]);
  });

  it('is followed by another when that of the kill is lost too, a minute later', () => {
    const account = startLong();
    const [first] = closesOf(kill(account));
    expect(lose(account, first?.id ?? '')).toEqual([]);

    expect(account.quote(MINUTE - 1, 110_000)).toEqual([]);
    const [second] = closesOf(account.quote(MINUTE, 110_000));

    expect(second).toMatchObject({ brokerPositionId: 4 });
    account.show(account.log.close(second ?? part, 110_000));
    expect(vanish(account, first?.id ?? '')).toEqual([]);
    expect(account.quote(10 * MINUTE, 110_000)).toEqual([]);
    expect(account.engine.hasInFlight).toBe(false);
  });

  it('ends in good order when it arrives before the close of all that is left', () => {
    const account = startLong();
    close(account, part);
    lose(account, 'p-1');
    const [all] = closesOf(kill(account));

    expect(closesOf(account.show(account.log.close(part, 110_000)))).toEqual([]);
    account.show(account.log.close(all ?? part, 110_000));

    expect(account.engine.ledger.openPositions.size).toBe(0);
    expect(account.engine.hasInFlight).toBe(false);
  });

  it('is asked for again by the kill when the log shows that it never happened', () => {
    const account = startLong();
    close(account, part);
    expect(kill(account)).toEqual([]);

    expect(closesOf(vanish(account, 'p-1'))).toMatchObject([{ brokerPositionId: 4 }]);
  });

  it('takes away no more than the position when the exposure of an order is judged', () => {
    const account = startLong();
    account.engine.setLimits({ maxPositionUnits: 5_000 });
    close(account, { id: 'p-1', brokerPositionId: 4, decidedAt: 0 });
    lose(account, 'p-1');
    kill(account);
    account.engine.step({ type: 'resume' });

    const sold = account.engine.step({
      type: 'order-requested',
      request: order('p-3', { side: 'sell', units: 5_000 }),
    });

    expect(only(sold, 'submit-order')).toHaveLength(1);
  });
});

describe('what was sent before a restart', () => {
  it('has an unknown outcome, so that a kill need not wait for it', () => {
    const account = startLong();
    account.engine.expectOutcome(part);

    expect(close(account, { ...part, id: 'p-2' })).toMatchObject([{ code: 'close-in-progress' }]);
    expect(closesOf(kill(account))).toMatchObject([{ brokerPositionId: 4 }]);
  });

  it('is ended by the kill before the restart when it fills after it', () => {
    const before = startLong();
    before.engine.step({ type: 'order-requested', request: order('p-1') });
    kill(before);

    const after = new TestAccount();
    after.show(after.log.acceptAndFill(order('p-0'), 110_010));
    after.engine.restoreState(before.engine.saveState());
    after.engine.expectOutcome(order('p-1'));
    after.quote(1_000, 110_000);
    const effects = after.show(after.log.acceptAndFill(order('p-1'), 110_010));

    expect(closesOf(effects)).toMatchObject([{ brokerPositionId: 6 }]);
  });
});

describe('what was being ended before a restart', () => {
  it('is cancelled again when it still rests, because its cancel may have been lost', () => {
    const before = startLong();
    before.show(before.log.accept(order('p-1', LIMIT)));
    kill(before);

    const { after, log } = restarted(before, (written) => written.accept(order('p-1', LIMIT)));

    expect(only(after.engine.effectsOfRestart(log), 'cancel-order')).toMatchObject([{ brokerOrderId: 5 }]);
  });

  it('is closed when it had filled, and no close of it was recorded', () => {
    const before = startLong();
    before.engine.step({ type: 'order-requested', request: order('p-1') });
    kill(before);

    const { after, log } = restarted(before, (written) => written.acceptAndFill(order('p-1'), 110_010));

    expect(after.engine.effectsOfRestart(log)).toEqual([]);
    const closes = closesOf(after.quote(1_000, 110_000));
    expect(closes).toMatchObject([{ brokerPositionId: 4 }, { brokerPositionId: 6 }]);
    expect(closesOf(after.quote(2_000, 110_000))).toEqual([]);
  });

  it("is closed too when it was another program's", () => {
    const { terms } = order('', LIMIT);
    const before = startLong();
    const head = { id: 5, batchId: 5, at: TEN_O_CLOCK };
    before.show([{ ...head, type: 'order-created', terms, reason: 'client' }]);
    kill(before);

    const { after, log } = restarted(before, (written) => written.fillElsewhere(terms, 109_000));

    expect(after.engine.effectsOfRestart(log)).toEqual([]);
    expect(closesOf(after.quote(1_000, 109_000))).toMatchObject([
      { brokerPositionId: 4 },
      { brokerPositionId: 6 },
    ]);
  });

  it('is not saved again once it has ended', () => {
    const before = startLong();
    before.engine.step({ type: 'order-requested', request: order('p-1') });
    kill(before);
    expect(before.engine.saveState()).toMatchObject({ endings: [{ order: 'p-1', mode: 'close' }] });

    const { after } = restarted(before, (written) => written.acceptAndFill(order('p-1'), 110_010));

    expect(after.engine.saveState()).toMatchObject({ endings: [] });
  });

  it('stays when it was only to be cancelled, and filled', () => {
    const before = startLong();
    before.engine.step({ type: 'order-requested', request: order('p-1') });
    before.engine.step({ type: 'cancel-requested', orderId: 'p-1' });

    const { after, log } = restarted(before, (written) => written.acceptAndFill(order('p-1'), 110_010));

    expect(after.engine.effectsOfRestart(log)).toEqual([]);
    expect(closesOf(after.quote(1_000, 110_000))).toEqual([]);
  });
});

/** An account that starts from the state of another and a log that had been recorded further than the state. */
function restarted(before: TestAccount, write: (log: TestAccount['log']) => readonly Transaction[]) {
  const after = new TestAccount();
  const log = [...after.log.acceptAndFill(order('p-0'), 110_010), ...write(after.log)];
  after.show(log);
  after.engine.restoreState(before.engine.saveState());
  return { after, log };
}

describe('an order of unknown outcome', () => {
  it('is cancelled for a person when it rests', () => {
    const account = startLong();
    account.engine.step({ type: 'order-requested', request: order('p-1', LIMIT) });

    expect(account.engine.step({ type: 'cancel-requested', orderId: 'p-1' })).toEqual([]);
    const effects = account.show(account.log.accept(order('p-1', LIMIT)));

    expect(only(effects, 'cancel-order')).toHaveLength(1);
  });

  it('is not what a log shows that holds it', () => {
    const account = startLong();
    account.engine.step({ type: 'order-requested', request: order('p-1') });
    lose(account, 'p-1');
    account.show(account.log.accept(order('p-1')));

    expect(account.engine.isUnseen('p-1')).toBe(false);
    expect(account.engine.hasInFlight).toBe(true);
  });
});

describe('a cancel that came to nothing', () => {
  it('is asked for again while the order is to be ended and rests', () => {
    const account = startLong();
    account.show(account.log.accept(order('p-1', LIMIT)));
    const [cancel] = only(kill(account), 'cancel-order');
    const unconfirmed = { type: 'cancel-unconfirmed', brokerOrderId: cancel?.brokerOrderId ?? 0 } as const;

    expect(only(account.engine.step(unconfirmed), 'cancel-order')).toHaveLength(1);
    account.show(account.log.cancel('p-1'));
    expect(account.engine.step(unconfirmed)).toEqual([]);
  });

  it('is not when a person asked for it, who sees that the order rests', () => {
    const account = startLong();
    account.show(account.log.accept(order('p-1', LIMIT)));
    account.engine.step({ type: 'cancel-requested', orderId: 'p-1' });

    expect(account.engine.step({ type: 'cancel-unconfirmed', brokerOrderId: 5 })).toEqual([]);
  });
});
