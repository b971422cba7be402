import { describe, expect, it } from 'vitest';
import { PaperBroker } from './paper-broker.ts';
import type { Quote } from '../../core/domain/quote.ts';
import type { Transaction } from '../../core/domain/transaction.ts';
import type { BrokerListener } from '../broker.ts';
import type { PriceListener, PriceSource } from '../price-source.ts';

/** Tuesday, 6 January 2026, 12:00 UTC. */
const NOON = Date.UTC(2026, 0, 6, 12);

function market(isLockStep = false): PriceSource & { publish(price: Quote): void; clock(at: number): void } {
  const listeners = new Set<PriceListener>();
  const latest = new Map<string, Quote>();
  let now = NOON;
  return {
    isLockStep,
    marketTime: () => now,
    latestQuotes: () => [...latest.values()],
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    publish: (price) => {
      now = price.at;
      latest.set(price.instrument, price);
      for (const { onQuote } of listeners) onQuote(price);
    },
    clock: (at) => {
      for (const { onClock } of listeners) onClock(at, at);
    },
  };
}

function quote(at: number, bid: number): Quote {
  return { instrument: 'EUR_USD', at, bid, ask: bid + 10 };
}

const order = (id: string, decidedAt: number) =>
  ({
    id,
    decidedAt,
    terms: {
      instrument: 'EUR_USD',
      orderType: 'market',
      side: 'buy',
      units: 1_000,
      timeInForce: 'FOK',
      stopLoss: 109_900,
    },
  }) as const;

function listening(): { listener: BrokerListener; received: string[]; log: Transaction[] } {
  const received: string[] = [];
  const log: Transaction[] = [];
  return {
    received,
    log,
    listener: {
      onQuote: ({ bid }) => received.push(`quote ${bid}`),
      onTransactions: (transactions) => {
        log.push(...transactions);
        received.push(transactions.map(({ type }) => type).join('+'));
      },
      onClock: () => undefined,
      onLogEnd: () => undefined,
      onConnection: (state) => received.push(state),
      onRefused: () => undefined,
      onUnreadable: () => undefined,
    },
  };
}

/** A listener to which no price counts, unless the broker knows better. */
function indifferent() {
  const { listener, received } = listening();
  return { listener: { ...listener, followsQuotes: () => false }, received };
}

const ACCOUNT = {
  currency: 'USD',
  hedging: false,
  initialBalance: 100_000_0000,
  marginRate: 0,
  log: [],
  state: undefined,
} as const;

describe('a paper broker', () => {
  it('opens a new account with its deposit, once', async () => {
    const prices = market();
    const first = await new PaperBroker(ACCOUNT, prices).transactionsSince(0);
    const again = new PaperBroker({ ...ACCOUNT, log: first }, prices);

    expect(first.map(({ type }) => type)).toEqual(['account-opened', 'funds-transferred']);
    expect(await again.transactionsSince(first.length)).toEqual([]);
  });

  it('reports what a price caused before it reports the price', async () => {
    const prices = market();
    const broker = new PaperBroker(ACCOUNT, prices);
    const { listener, received } = listening();
    await broker.connect(listener, ['EUR_USD']);
    prices.publish(quote(NOON, 110_000));
    await broker.submitOrder(order('a', NOON));

    prices.publish(quote(NOON + 1_000, 109_800));

    expect(received).toEqual(['connected', 'quote 110000', 'order-filled', 'quote 109800']);
  });

  it('charges for a position at 17:00 New York though no price comes', async () => {
    const prices = market();
    const broker = new PaperBroker(ACCOUNT, prices);
    const { listener, log } = listening();
    await broker.connect(listener, ['EUR_USD']);
    prices.publish(quote(NOON, 110_000));
    await broker.submitOrder(order('a', NOON));

    prices.clock(NOON + 10 * 3_600_000 - 1);
    expect(log).toEqual([]);
    prices.clock(NOON + 10 * 3_600_000 + 700);

    expect(log).toMatchObject([{ type: 'financing-charged', at: NOON + 10 * 3_600_000 }]);
  });

  it('answers from its log after a restart: position, protection and number continue', async () => {
    const prices = market();
    const before = new PaperBroker(ACCOUNT, prices);
    await before.connect(listening().listener, ['EUR_USD']);
    prices.publish(quote(NOON, 110_000));
    await before.submitOrder(order('a', NOON));
    const log = await before.transactionsSince(0);

    const after = new PaperBroker({ ...ACCOUNT, log, state: before.saveState() }, prices);
    const { listener, log: reported } = listening();
    await after.connect(listener, ['EUR_USD']);
    prices.publish(quote(NOON + 1_000, 109_800));

    expect(reported.map(({ id, type }) => [id, type])).toEqual([[log.length + 1, 'order-filled']]);
  });

  it('reports prices of the named instruments only', async () => {
    const prices = market();
    const broker = new PaperBroker(ACCOUNT, prices);
    const { listener, received } = listening();
    await broker.connect(listener, ['EUR_USD']);

    prices.publish({ ...quote(NOON, 150_000), instrument: 'USD_JPY' });
    prices.publish(quote(NOON, 110_000));

    expect(received).toEqual(['connected', 'quote 110000']);
  });

  it('states what the account holds as a log of ours would begin with it', async () => {
    const prices = market();
    const broker = new PaperBroker(ACCOUNT, prices);
    await broker.connect(listening().listener, ['EUR_USD']);
    prices.publish(quote(NOON, 110_000));
    await broker.submitOrder(order('a', NOON));

    const { account, money, hedging } = await broker.snapshot();

    expect(hedging).toBe(false);
    expect(money).toMatchObject({ balance: 100_000_0000, unrealizedPnl: -1_000, lastTransactionId: 5 });
    expect(account).toMatchObject({
      type: 'account-adopted',
      id: 5,
      currency: 'USD',
      balance: 100_000_0000,
      positions: [{ brokerPositionId: 4, instrument: 'EUR_USD', side: 'long', openUnits: 1_000 }],
      orders: [{ orderId: 5, brokerPositionId: 4, terms: { orderType: 'stop_loss', price: 109_900 } }],
    });
  });

  it('receives nothing after it was closed', async () => {
    const prices = market();
    const broker = new PaperBroker(ACCOUNT, prices);
    const { listener, received } = listening();
    await broker.connect(listener, ['EUR_USD']);
    await broker.close();

    prices.publish(quote(NOON, 110_000));

    expect(received).toEqual(['connected']);
  });

  it('fails rather than reporting less of its log than there is', async () => {
    const prices = market();
    const log = await new PaperBroker(ACCOUNT, prices).transactionsSince(0);

    await expect(new PaperBroker({ ...ACCOUNT, log }, prices).transactionsSince(0)).rejects.toThrow(
      /remembers transactions after 2/,
    );
  });

  it('in lock-step carries out what was decided at the clock before the quote that the clock announced', async () => {
    const prices = market(true);
    const broker = new PaperBroker(ACCOUNT, prices);
    await broker.connect(listening().listener, ['EUR_USD']);
    prices.publish(quote(NOON, 110_000));

    prices.clock(NOON + 5_000);
    const answer = await broker.submitOrder(order('a', NOON + 1_000));

    const times = answer.outcome === 'answered' ? answer.transactions.map(({ at }) => at) : [];
    expect(new Set(times)).toEqual(new Set([NOON + 1_000]));
  });
});

describe('a paper broker whose listener follows no prices', () => {
  it('leaves them out, and shows the newest of each instrument when it is asked, once', async () => {
    const prices = market();
    const broker = new PaperBroker(ACCOUNT, prices);
    const { listener, received } = indifferent();
    await broker.connect(listener, ['EUR_USD', 'GBP_USD']);
    prices.clock(NOON);
    prices.publish({ ...quote(NOON + 2, 130_000), instrument: 'GBP_USD' });
    for (const bid of [110_000, 110_001, 110_002]) prices.publish(quote(NOON + 1, bid));

    expect(received).toEqual(['connected']);
    broker.showQuotes();
    broker.showQuotes();

    expect(received).toEqual(['connected', 'quote 110002', 'quote 130000']);
  });

  it('shows the newest before it carries out an order, which is filled at it, and all while a position is open', async () => {
    const prices = market();
    const broker = new PaperBroker(ACCOUNT, prices);
    const { listener, received } = indifferent();
    await broker.connect(listener, ['EUR_USD']);
    prices.clock(NOON);
    for (const bid of [110_000, 110_100]) prices.publish(quote(NOON, bid));

    const answer = await broker.submitOrder(order('a', NOON));
    prices.clock(NOON + 1_000);
    for (const bid of [110_110, 110_120]) prices.publish(quote(NOON + 1_000, bid));

    const [filled] =
      answer.outcome === 'answered' ? answer.transactions.filter(({ type }) => type === 'order-filled') : [];
    expect(filled).toMatchObject({ price: 110_110 });
    expect(received).toEqual(['connected', 'quote 110100', 'quote 110110', 'quote 110120']);
  });

  it('shows all as soon as they are followed, and all of a market in lock-step', async () => {
    const [prices, lockStep] = [market(), market(true)];
    const [one, two] = [indifferent(), indifferent()];
    let follows = false;
    await new PaperBroker(ACCOUNT, prices).connect({ ...one.listener, followsQuotes: () => follows }, [
      'EUR_USD',
    ]);
    await new PaperBroker(ACCOUNT, lockStep).connect(two.listener, ['EUR_USD']);

    for (const source of [prices, lockStep]) {
      follows = false;
      source.clock(NOON);
      for (const bid of [110_000, 110_001]) source.publish(quote(NOON, bid));
      follows = true;
      source.clock(NOON);
      source.publish(quote(NOON, 110_002));
    }

    expect(one.received).toEqual(['connected', 'quote 110001', 'quote 110002']);
    expect(two.received).toEqual(['connected', 'quote 110000', 'quote 110001', 'quote 110002']);
  });

  it('shows the last price of a market before it closes: what is placed meanwhile waits from there', async () => {
    const CLOSE = Date.UTC(2026, 0, 6, 21, 58);
    const OPEN = Date.UTC(2026, 0, 6, 22, 3);
    const prices = market();
    const broker = new PaperBroker(ACCOUNT, prices);
    const { listener, received } = indifferent();
    await broker.connect(listener, ['EUR_USD']);
    prices.publish(quote(NOON, 110_000));
    prices.clock(NOON);
    prices.publish(quote(CLOSE - 1_000, 115_000));

    prices.clock(CLOSE);
    const terms = {
      instrument: 'EUR_USD',
      orderType: 'market_if_touched',
      side: 'buy',
      units: 1_000,
      price: 112_000,
      timeInForce: 'GTC',
    } as const;
    await broker.submitOrder({ id: 'a', decidedAt: CLOSE, terms });
    prices.clock(OPEN);
    for (const bid of [114_000, 111_000]) prices.publish(quote(OPEN, bid));

    // Bought on the way down, and not at the first price, which is above the one that it waits for.
    expect(received.slice(1)).toEqual([
      'quote 110000',
      'quote 115000',
      'quote 114000',
      'order-filled',
      'quote 111000',
    ]);
  });
});
