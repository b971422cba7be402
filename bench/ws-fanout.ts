/** `ws-fanout`: quotes to a thousand sockets, as the server sends them and as one message each, by the processor's time that they take. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { Instruments } from '../src/core/domain/instruments.ts';
import { PAPER_INSTRUMENTS } from '../src/core/domain/paper-instruments.ts';
import { NewestQuotes } from '../src/prices/newest-quotes.ts';
import { QuoteFanOut } from '../src/prices/quote-fan-out.ts';
import { quoteView } from '../src/prices/quote-view.ts';
import { STREAM_LIMITS } from '../src/stream/gateway.ts';
import { Outbox } from '../src/stream/outbox.ts';
import { compareRates, processorMs } from './benchmark.ts';
import { START } from './prices.ts';
import type { AddressInfo } from 'node:net';
import type { WebSocket } from 'ws';
import type { Quote } from '../src/core/domain/quote.ts';
import type { AccountPrices } from '../src/prices/newest-quotes.ts';
import type { Line } from '../src/stream/outbox.ts';
import type { Benchmark, Measurement } from './benchmark.ts';

const CLIENTS = join(import.meta.dirname, 'ws-fanout-clients.ts');
const SOCKETS = 1_000;
/** As many as one person may have. */
const SOCKETS_OF_ACCOUNT = 20;
/** 2,000 quotes a second, so 40 in each frame: a third of what a broker sends at most over twenty streams. */
const BATCH = { everyMs: 10, quotes: 20, count: 200 };
/** Each of these quotes is a message to every socket. */
const NAIVE_QUOTES = 200;

const NAMES = Array.from({ length: 100 }, (_, index) => `AA${String(index).padStart(3, '0')}_USD`);
const INSTRUMENTS = new Instruments(NAMES.map((name) => ({ ...PAPER_INSTRUMENTS.named('EUR_USD'), name })));

interface ServedSocket extends Line {
  readonly socket: WebSocket;
}

/** Opens a server, and sockets of a process of clients to it. */
async function openSockets(stack: AsyncDisposableStack): Promise<readonly ServedSocket[]> {
  const server = createServer().listen(0, '127.0.0.1');
  stack.defer(() => void server.close());
  await once(server, 'listening');
  const accepting = new WebSocketServer({ noServer: true, perMessageDeflate: false, clientTracking: false });
  const served: ServedSocket[] = [];
  const all = Promise.withResolvers<void>();
  server.on('upgrade', (request, connection, head) => {
    accepting.handleUpgrade(request, connection, head, (socket) => {
      socket.on('error', () => undefined);
      served.push({ socket, connection });
      if (served.length === SOCKETS) all.resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  const clients = fork(CLIENTS, [String(port), String(SOCKETS)]);
  stack.defer(async () => {
    const exited = once(clients, 'exit');
    clients.disconnect();
    await exited;
    for (const { socket } of served) socket.terminate();
  });
  await all.promise;
  return served;
}

/** Quotes that follow each other over all instruments. */
class Market {
  #made = 0;

  next(): Quote {
    this.#made += 1;
    const bid = 110_000 + (this.#made % 1_000);
    return { instrument: NAMES[this.#made % NAMES.length] ?? '', at: START + this.#made, bid, ask: bid + 8 };
  }
}

/** Subscribes the sockets to accounts of so many sockets each, sends quotes as the server does, and returns how many were sent. */
async function fanOut(lines: readonly Line[], market: Market, socketsOfAccount: number): Promise<number> {
  const fan = new QuoteFanOut();
  const accounts: AccountPrices[] = [];
  const leave = lines.map((line, index) => {
    const account = Math.floor(index / socketsOfAccount);
    accounts[account] ??= { instruments: INSTRUMENTS, quotes: new NewestQuotes() };
    return fan.subscribe({
      outbox: new Outbox(line, STREAM_LIMITS, () => {
        throw new Error('A client of the benchmark does not keep up.');
      }),
      accountId: `019a0000-0000-7000-8000-${String(account).padStart(12, '0')}`,
      prices: accounts[account],
      instruments: NAMES,
      onEnd: () => undefined,
    });
  });
  for (let batch = 0; batch < BATCH.count; batch += 1) {
    for (let each = 0; each < BATCH.quotes; each += 1) {
      const quote = market.next();
      for (const { quotes } of accounts) quotes.add(quote);
    }
    await sleep(BATCH.everyMs);
  }
  // The last are sent with the next flush.
  await sleep(5 * BATCH.everyMs);
  for (const end of leave) end();
  return BATCH.count * BATCH.quotes * lines.length - fan.conflated;
}

/** Sends each quote to each socket as a message of its own. */
async function sendEach(served: readonly ServedSocket[], market: Market): Promise<number> {
  for (let sent = 0; sent < NAIVE_QUOTES; sent += 1) {
    const data = { accountId: crypto.randomUUID(), quotes: [quoteView(market.next(), INSTRUMENTS)] };
    const text = JSON.stringify({ type: 'data', channel: 'quotes', data });
    for (const { socket } of served) socket.send(text);
    await sleep(BATCH.everyMs);
  }
  return NAIVE_QUOTES * served.length;
}

async function measure(): Promise<Measurement> {
  const stack = new AsyncDisposableStack();
  try {
    const served = await openSockets(stack);
    const market = new Market();
    const naive = (): Promise<number> => sendEach(served, market);
    const clock = processorMs;
    const shared = await compareRates(() => fanOut(served, market, SOCKETS_OF_ACCOUNT), naive, { clock });
    const apart = await compareRates(() => fanOut(served, market, 1), naive, { clock });
    const times = (apart.value / apart.baselineValue).toPrecision(3);
    return {
      ...shared,
      notes: [`each socket with an account of its own: ${apart.value.toPrecision(4)}, ratio ${times}`],
    };
  } finally {
    await stack.disposeAsync();
  }
}

export const WS_FANOUT: Benchmark = {
  name: 'ws-fanout',
  unit: 'quotes/s of processor',
  baseline: 'a message of its own for each quote and socket, by ws',
  target: { atLeast: 10 },
  measure,
};
