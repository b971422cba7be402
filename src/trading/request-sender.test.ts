import { afterEach, describe, expect, it, vi } from 'vitest';
import { NO_TRACING } from '../process/tracing.ts';
import { BrokerCalls } from './broker-calls.ts';
import { RequestSender } from './request-sender.ts';
import type { BrokerAnswer } from '../brokers/broker.ts';
import type { ProtectionRequest } from '../core/domain/order.ts';
import type { RequestSenderParts, SentEffect } from './request-sender.ts';

const TERMS = {
  instrument: 'EUR_USD',
  orderType: 'limit',
  side: 'buy',
  units: 1,
  price: 109_000,
  timeInForce: 'GTC',
} as const;
const ANSWERED: BrokerAnswer = { outcome: 'answered', transactions: [] };

/** A sender to a broker that answers what it is made to answer. */
function sending() {
  const sent: string[] = [];
  const held: ((answer: BrokerAnswer) => void)[] = [];
  const changes: ProtectionRequest[] = [];
  const late: string[] = [];
  const unanswered: string[] = [];
  const hang = (what: string): Promise<BrokerAnswer> => {
    sent.push(what);
    return new Promise((resolve) => held.push(resolve));
  };
  const broker: RequestSenderParts['broker'] = {
    submitOrder: ({ id }) => hang(`submit ${id}`),
    closePosition: ({ id }) => hang(`close ${id}`),
    cancelOrder: (id) => hang(`cancel ${id}`),
    changeProtection: (request) => {
      changes.push(request);
      return hang(`protect ${request.brokerPositionId}`);
    },
  };
  const sender = new RequestSender({
    broker,
    calls: new BrokerCalls(),
    tracing: NO_TRACING,
    onAnswer: ({ effect, ended, handled }) => {
      const outcome = 'value' in ended ? ended.value.outcome : 'failed';
      late.push(outcome === 'answered' ? effect.type : `${effect.type} ${outcome}`);
      handled();
    },
    onUnanswered: (id) => void unanswered.push(id),
  });
  return {
    sender,
    sent,
    changes,
    late,
    unanswered,
    answerNext: (answer = ANSWERED) => held.shift()?.(answer),
  };
}

const cancel = (brokerOrderId: number): SentEffect => ({ type: 'cancel-order', brokerOrderId, decidedAt: 0 });
const close = (id: string): SentEffect => ({
  type: 'close-position',
  request: { id, brokerPositionId: 4, decidedAt: 0 },
});
const submit = (id: string, replaces: number): SentEffect => ({
  type: 'submit-order',
  request: { id, terms: TERMS, replaces, decidedAt: 0 },
});
const renew = (id: string, replaces: number): SentEffect => ({
  type: 'renew-order',
  request: { id, terms: TERMS, replaces, isRenewal: true, decidedAt: 0 },
});
const protect = (change: Partial<ProtectionRequest>): SentEffect => ({
  type: 'change-protection',
  request: { brokerPositionId: 4, decidedAt: 0, ...change },
});

describe('a request', () => {
  it('leaves while others are still being answered, a close beside a change of its position too', async () => {
    const { sender, sent } = sending();

    await sender.send(protect({ stopLoss: 1 }));
    await sender.send(cancel(7));
    await sender.send(close('a'));

    expect(sent).toEqual(['protect 4', 'cancel 7', 'close a']);
  });

  it('is handled when its answer was taken in', async () => {
    const { sender, late, answerNext } = sending();

    const sent = await sender.send(close('a'));
    expect(late).toEqual([]);
    answerNext();

    if ('handled' in sent) await sent.handled;
    expect(late).toEqual(['close-position']);
  });

  it('is not sent once the account has ended', async () => {
    const { sender, sent } = sending();
    sender.end();

    await expect(sender.send(close('a'))).rejects.toThrow(/Nothing was sent/);
    expect(sent).toEqual([]);
  });
});

describe('an order or close without an answer', () => {
  afterEach(() => void vi.useRealTimers());
  const startSending = () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    return sending();
  };

  it('counts as one of unknown outcome after ten seconds, and its answer is still taken', async () => {
    const { sender, late, unanswered, answerNext } = startSending();
    await sender.send(close('a'));
    vi.advanceTimersByTime(9_999);
    expect(unanswered).toEqual([]);

    vi.advanceTimersByTime(1);
    expect(unanswered).toEqual(['a']);
    answerNext();

    await expect.poll(() => late).toEqual(['close-position']);
  });

  it('does not when it was answered before, nor when the account has ended', async () => {
    const { sender, late, unanswered, answerNext } = startSending();
    await sender.send(close('a'));
    answerNext();
    await expect.poll(() => late).toHaveLength(1);
    await sender.send(close('b'));
    sender.end();

    vi.advanceTimersByTime(60_000);

    expect(unanswered).toEqual([]);
  });
});

describe('a cancel', () => {
  it('of an order whose cancel is being answered is the same', async () => {
    const { sender, sent, answerNext } = sending();

    const first = await sender.send(cancel(7));
    await sender.send(cancel(7));
    expect(sent).toEqual(['cancel 7']);
    answerNext();
    if ('handled' in first) await first.handled;
    await sender.send(cancel(7));

    expect(sent).toEqual(['cancel 7', 'cancel 7']);
  });
});

describe('an order whose renewal is being answered', () => {
  it('is cancelled after the answer', async () => {
    const { sender, sent, answerNext } = sending();

    await sender.send(renew('a', 7));
    await sender.send(cancel(7));
    await sender.send(cancel(8));
    expect(sent).toEqual(['submit a', 'cancel 8']);
    answerNext();

    await expect.poll(() => sent).toEqual(['submit a', 'cancel 8', 'cancel 7']);
  });

  it('is not cancelled under a number that it may not have any more: that outcome is unknown', async () => {
    const { sender, sent, late, answerNext } = sending();

    await sender.send(renew('a', 7));
    await sender.send(cancel(7));
    answerNext({ outcome: 'unknown', cause: 'the connection broke' });

    await expect.poll(() => late).toEqual(['renew-order unknown', 'cancel-order unknown']);
    expect(sent).toEqual(['submit a']);
  });

  it('is replaced after the answer', async () => {
    const { sender, sent, answerNext } = sending();

    await sender.send(renew('a', 7));
    await sender.send(submit('b', 7));
    expect(sent).toEqual(['submit a']);
    answerNext();

    await expect.poll(() => sent).toEqual(['submit a', 'submit b']);
  });

  it('is neither cancelled nor replaced once the account has ended', async () => {
    const { sender, sent, late, answerNext } = sending();
    await sender.send(renew('a', 7));
    await sender.send(cancel(7));
    await sender.send(submit('b', 7));

    sender.end();
    answerNext();
    await expect.poll(() => late).toHaveLength(3);

    expect(sent).toEqual(['submit a']);
  });

  it('is not renewed while it is being cancelled', async () => {
    const { sender, sent } = sending();

    await sender.send(cancel(7));
    await sender.send(renew('a', 7));

    expect(sent).toEqual(['cancel 7']);
  });
});

describe('changes of the protection of one position', () => {
  it('leave one after the other, those that wait as one, and the last wins', async () => {
    const { sender, changes, answerNext } = sending();

    await sender.send(protect({ stopLoss: 1 }));
    const second = await sender.send(protect({ stopLoss: 2, takeProfit: 9 }));
    await sender.send(protect({ stopLoss: 3, takeProfit: undefined, trailingDistance: null }));
    expect(changes).toMatchObject([{ stopLoss: 1 }]);
    answerNext();
    await expect.poll(() => changes).toHaveLength(2);

    expect(changes[1]).toMatchObject({ stopLoss: 3, takeProfit: 9, trailingDistance: null });
    answerNext();
    if ('handled' in second) await second.handled;
    await sender.send(protect({ stopLoss: 4 }));
    expect(changes).toHaveLength(3);
  });

  it.each<[Partial<ProtectionRequest>, Partial<ProtectionRequest>, Partial<ProtectionRequest>]>([
    [{ stopLossDistance: 50 }, { takeProfit: 9 }, { stopLossDistance: 50, takeProfit: 9 }],
    [{ stopLossDistance: 50 }, { stopLoss: 2 }, { stopLoss: 2 }],
    [{ stopLoss: 2 }, { stopLossDistance: 50 }, { stopLossDistance: 50 }],
    [{ stopLossDistance: 50 }, { stopLoss: null }, { stopLoss: null }],
  ])('%j and then %j, which wait, leave as %j', async (second, third, sentLast) => {
    const { sender, changes, answerNext } = sending();
    await sender.send(protect({ stopLoss: 1 }));
    await sender.send(protect(second));
    await sender.send(protect(third));

    answerNext();
    await expect.poll(() => changes).toHaveLength(2);

    expect(changes[1]).toEqual({ brokerPositionId: 4, decidedAt: 0, ...sentLast });
  });

  it('that wait are not sent once the account has ended', async () => {
    const { sender, changes, late, answerNext } = sending();
    await sender.send(protect({ stopLoss: 1 }));
    await sender.send(protect({ stopLoss: 2 }));

    sender.end();
    answerNext();
    await expect.poll(() => late).toHaveLength(2);

    expect(changes).toHaveLength(1);
  });
});
