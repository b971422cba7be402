/** The streams of an account on real sockets: what they report, and what becomes of them when something breaks. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PAPER_INSTRUMENTS } from '../../../src/core/domain/paper-instruments.ts';
import { BrokerTime } from '../../../src/brokers/oanda/broker-time.ts';
import { AccountStreams } from '../../../src/brokers/oanda/streams/account-streams.ts';
import { OandaConnections } from '../../../src/brokers/open-broker.ts';
import { html, json, ScriptedOanda, TOKEN } from '../../support/scripted-oanda.ts';
import { ANY_PACE } from '../../support/any-pace.ts';
import { until } from '../../support/until.ts';
import type { ServerResponse } from 'node:http';
import type { BrokerListener, UnreadableReport } from '../../../src/brokers/broker.ts';
import type { OandaTimes } from '../../../src/brokers/oanda/oanda-times.ts';
import type { Quote } from '../../../src/core/domain/quote.ts';
import type { Problem } from '../../../src/core/shared/problem.ts';
import type { Answer } from '../../support/scripted-oanda.ts';

const ACCOUNT = '/v3/accounts/A';
const PRICES = `GET ${ACCOUNT}/pricing/stream`;
const TRANSACTIONS = `GET ${ACCOUNT}/transactions/stream`;
const AT = '2026-01-06T12:00:00.123456789Z';
const TIMES: Partial<OandaTimes> = {
  refusedAgainMs: 1,
  priceSilenceMs: 60_000,
  transactionSilenceMs: 60_000,
  streamAgain: { firstMs: 1, longestMs: 4 },
  clockMs: 5,
};

/** An open stream: what is written to it arrives. */
class Opened {
  readonly responses: ServerResponse[] = [];
  readonly answer: Answer = (response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    response.flushHeaders();
    this.responses.push(response);
  };

  write(text: string): void {
    this.responses.at(-1)?.write(text);
  }

  line(value: unknown): void {
    this.write(`${JSON.stringify(value)}\n`);
  }
}

/** All that was reported. */
class Reports implements BrokerListener {
  readonly quotes: Quote[] = [];
  readonly clocks: { readonly at: number; readonly pricesAliveAt: number }[] = [];
  readonly logEnds: number[] = [];
  readonly states: string[] = [];
  readonly problems: Problem[] = [];
  readonly onQuote = (quote: Quote): void => void this.quotes.push(quote);
  readonly onClock = (at: number, pricesAliveAt: number): void =>
    void this.clocks.push({ at, pricesAliveAt });
  readonly onTransactions = (): void => undefined;
  readonly onLogEnd = (id: number): void => void this.logEnds.push(id);
  readonly onConnection = (state: string): void => void this.states.push(state);
  readonly unreadable: UnreadableReport[] = [];
  readonly onUnreadable = (report: UnreadableReport): void => void this.unreadable.push(report);
  readonly onRefused = (problem: Problem): void => void this.problems.push(problem);
}

let oanda: ScriptedOanda;
let prices: Opened;
let transactions: Opened;
let reports: Reports;
let open: { close: () => Promise<void> }[];

beforeEach(async () => {
  oanda = await ScriptedOanda.start();
  prices = new Opened();
  transactions = new Opened();
  reports = new Reports();
  open = [];
  oanda.always(PRICES, prices.answer);
  oanda.always(TRANSACTIONS, transactions.answer);
});
afterEach(async () => {
  for (const opened of open) await opened.close();
  await oanda.close();
});

function follow(times: Partial<OandaTimes> = {}): AccountStreams {
  const connections = new OandaConnections({
    practiceUrl: oanda.url,
    limits: ANY_PACE,
    times: { ...TIMES, ...times },
  });
  const { client, release } = connections.borrow({ environment: 'practice', token: TOKEN });
  const streams = new AccountStreams({
    client,
    path: ACCOUNT,
    instruments: PAPER_INSTRUMENTS,
    wanted: ['EUR_USD', 'USD_JPY'],
    time: new BrokerTime(),
    times: connections.times,
    listener: reports,
  });
  open.push({ close: () => streams.close().then(release) });
  return streams;
}

function price(instrument: string, bid: string, ask: string, time = AT) {
  return {
    type: 'PRICE',
    instrument,
    time,
    bids: [{ price: bid, liquidity: 1 }],
    asks: [{ price: ask, liquidity: 1 }],
  };
}

describe('the price stream', () => {
  it('asks for the instruments, and reports each price once', async () => {
    follow();
    await until('the price stream is open', () => prices.responses.length === 1);
    prices.line(price('EUR_USD', '1.10000', '1.10010'));
    prices.line(price('EUR_USD', '1.10000', '1.10010'));
    prices.line(price('DE30_EUR', '1.1', '1.2'));
    prices.line({ ...price('USD_JPY', '1', '2'), asks: [] });
    // Older prices have no type.
    const { type: _type, ...untyped } = price('USD_JPY', '150.000', '150.010');
    prices.line(untyped);
    await until('two prices are reported', () => reports.quotes.length === 2);

    expect(oanda.arrived.find(({ path }) => path.includes('pricing'))?.query.get('instruments')).toBe(
      'EUR_USD,USD_JPY',
    );
    const at = Date.parse('2026-01-06T12:00:00.123Z');
    expect(reports.quotes).toEqual([
      { instrument: 'EUR_USD', at, bid: 110_000, ask: 110_010 },
      { instrument: 'USD_JPY', at, bid: 150_000, ask: 150_010 },
    ]);
  });

  it('passes over what cannot be read, and reports it once', async () => {
    follow();
    await until('the price stream is open', () => prices.responses.length === 1);
    prices.line(price('EUR_USD', 'much', '1.10010'));
    prices.line({ type: 'PRICE', instrument: 'EUR_USD' });
    prices.line(price('EUR_USD', '1.10000', '1.10010'));
    await until('the price is reported', () => reports.quotes.length === 1);

    expect(reports.unreadable).toMatchObject([{ stream: 'prices', lines: 1 }]);
    expect(reports.unreadable[0]?.why).toContain('bids');
  });

  it('reports no price at which no one can trade now, and that prices are alive', async () => {
    follow();
    await until('the price stream is open', () => prices.responses.length === 1);
    prices.line({ ...price('EUR_USD', '1.10000', '1.10010'), tradeable: false });
    prices.line({ ...price('USD_JPY', '150.000', '150.010'), tradeable: true });
    await until('a price is reported', () => reports.quotes.length === 1);

    expect(reports.quotes).toMatchObject([{ instrument: 'USD_JPY' }]);
    expect(reports.unreadable).toEqual([]);
    const at = Date.parse('2026-01-06T12:00:00.123Z');
    await until('prices are alive', () => reports.clocks.at(-1)?.pricesAliveAt === at);
  });

  it('shows until when prices are known to flow', async () => {
    follow();
    await until('the price stream is open', () => prices.responses.length === 1);
    expect(reports.clocks.every(({ pricesAliveAt }) => pricesAliveAt === 0)).toBe(true);
    prices.write('{"type":"HEARTBEAT","time":"2026-01-06T12:0');
    prices.write('0:05.000000000Z"}\n');

    const heartbeat = Date.parse('2026-01-06T12:00:05Z');
    await until('the heartbeat shows', () => reports.clocks.at(-1)?.pricesAliveAt === heartbeat);
    expect(reports.quotes).toEqual([]);
  });

  it('is opened again when nothing comes', async () => {
    const streams = follow({ priceSilenceMs: 200 });

    await until('the price stream is open again', () => prices.responses.length >= 2);
    expect(transactions.responses).toHaveLength(1);
    const silentMs = () => streams.states.map((state) => state.silentMs);
    expect(streams.states.map(({ stream }) => stream)).toEqual(['transactions', 'prices']);
    // Opening it again is no sign of life.
    expect(Math.min(...silentMs())).toBeGreaterThanOrEqual(200);
    transactions.line({ type: 'HEARTBEAT', lastTransactionID: '7', time: AT });
    await until('it is heard', () => (silentMs()[0] ?? 0) < (silentMs()[1] ?? 0));
  });
});

describe('the transaction stream', () => {
  it('reports how far the log goes', async () => {
    follow();
    await until('the transaction stream is open', () => transactions.responses.length === 1);
    transactions.line({ type: 'HEARTBEAT', lastTransactionID: '2311', time: AT });
    await until('the end of the log is reported', () => reports.logEnds.length === 1);
    transactions.write('{"id":"2312","type":"MARKET_ORDER"}\n{"id":2313,"type":"ORDER_FILL"}\n');
    await until('the next end is reported', () => reports.logEnds.includes(2313));

    expect(reports.logEnds[0]).toBe(2311);
    expect(reports.states).toEqual(['connected']);
  });

  it.each([
    ['cut in the middle of a line', () => oanda.breakAll()],
    ['ended in order', () => void transactions.responses.at(-1)?.end()],
    ['no JSON', () => transactions.write('<html>\n')],
  ])('is opened again when it is %s', async (_how, fault) => {
    follow();
    await until('it is connected', () => reports.states.length === 1);
    transactions.write('{"id":"2312","type":"MARK');
    fault();
    await until('it is connected again', () => reports.states.length >= 3);

    expect(reports.states.slice(0, 3)).toEqual(['connected', 'disconnected', 'connected']);
    expect(reports.problems).toEqual([]);
  });

  it.each([
    ['a gateway', html(502)],
    ['too many streams', json(429, { errorMessage: 'too many' })],
    ['a false 401', json(401, { errorMessage: 'Insufficient authorization to perform request.' })],
    ['a false 403', json(403, { errorMessage: 'The provided request was forbidden.' })],
    ['a false 404', json(404, { errorMessage: 'no such account' })],
  ])('is asked for again after %s', async (_what, answer) => {
    oanda.next(TRANSACTIONS, answer);
    follow();
    await until('it is connected', () => reports.states.length === 1);

    expect(oanda.count(TRANSACTIONS)).toBe(2);
    expect(reports.problems).toEqual([]);
  });

  it('gives up when OANDA does not let us in', async () => {
    oanda.always(TRANSACTIONS, json(401, { errorMessage: 'Insufficient authorization to perform request.' }));
    follow();
    await until('a problem is reported', () => reports.problems.length === 1);

    expect(reports.problems[0]?.type).toBe('broker-token-refused');
    expect(oanda.count(TRANSACTIONS)).toBe(3);
    expect(JSON.stringify(reports.problems)).not.toContain(TOKEN);
  });

  it('reports nothing once it is closed', async () => {
    const streams = follow();
    await until('it is there', () => reports.states.length === 1 && prices.responses.length === 1);
    await streams.close();
    const [clocks, states] = [reports.clocks.length, reports.states.length];
    oanda.breakAll();
    await new Promise((resolve) => setImmediate(resolve));

    expect([reports.clocks.length, reports.states.length]).toEqual([clocks, states]);
  });
});
