/** `/pricing/stream` and `/transactions/stream`: JSON lines without an end, on the same port as everything else. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { faultPathOf } from '../faults/fault-path.ts';
import { homeConversions } from '../prices/home-conversions.ts';
import { currenciesOf, requestedInstruments } from '../prices/requested-instruments.ts';
import { queryFlag } from '../read-query.ts';
import { requestedAccount } from '../requested-account.ts';
import { V20Error } from '../v20-error.ts';
import { WireTime } from '../wire/time.ts';
import { PriceStream } from './price-stream.ts';
import { StreamLines } from './stream-lines.ts';
import { HEARTBEAT_MS, PRICE_WINDOW_MS } from './stream-timers.ts';
import type { FaultPlan } from '../faults/fault-plan.ts';
import type { PriceBoard } from '../prices/price-board.ts';
import type { Simulator } from '../simulator.ts';
import type { StreamTimers } from './stream-timers.ts';

/** More are refused. Source: OANDA v20. */
const MOST_STREAMS = 20;

export interface StreamParts {
  readonly simulator: Simulator;
  readonly board: PriceBoard;
  readonly faults: FaultPlan;
  readonly timers: StreamTimers;
}

export function registerStreamRoutes(api: FastifyInstance, parts: StreamParts): void {
  const { simulator, board, timers } = parts;
  const streams = new OpenStreams(parts);
  api.addHook('preClose', async () => streams.endAll());

  api.get('/accounts/:accountID/pricing/stream', (request, reply) => {
    const account = requestedAccount(simulator, request);
    const instruments = requestedInstruments(simulator, request);
    const hasSnapshot = queryFlag(request, 'snapshot', true);
    const hasConversions = queryFlag(request, 'includeHomeConversions', false);
    const { lines, onEnd } = streams.open(request, reply);
    const prices = new PriceStream(instruments, board, lines, (instrument) =>
      hasConversions ? { homeConversions: homeConversions(account, currenciesOf([instrument])) } : {},
    );
    if (hasSnapshot) prices.sendChanged();
    else prices.skipSnapshot();
    onEnd(timers.every(() => prices.sendChanged(), PRICE_WINDOW_MS));
    onEnd(
      timers.every(
        () => lines.write({ type: 'HEARTBEAT', time: new WireTime(simulator.now()) }),
        HEARTBEAT_MS,
      ),
    );
  });

  api.get('/accounts/:accountID/transactions/stream', (request, reply) => {
    const account = requestedAccount(simulator, request);
    const { lines, onEnd } = streams.open(request, reply);
    onEnd(
      simulator.subscribe({
        onTransactions: (accountId, transactions) => {
          if (accountId !== account.spec.id) return;
          for (const transaction of transactions) lines.write(transaction);
        },
      }),
    );
    const heartbeat = (): void =>
      lines.write({
        type: 'HEARTBEAT',
        lastTransactionID: String(account.lastTransactionId),
        time: new WireTime(simulator.now()),
      });
    onEnd(timers.every(heartbeat, HEARTBEAT_MS));
  });
}

interface OpenStream {
  readonly lines: StreamLines;
  /** Adds what is to be done when the stream is over. */
  readonly onEnd: (task: () => void) => void;
}

/** Counts the streams that are open. */
class OpenStreams {
  readonly #parts: StreamParts;
  readonly #open = new Set<StreamLines>();

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  /** Begins the answer, or refuses it when there are too many. What a refused request says was checked before. */
  open(request: FastifyRequest, reply: FastifyReply): OpenStream {
    const { faults } = this.#parts;
    const target = { method: 'GET', path: faultPathOf(request.url) ?? '' };
    if (this.#open.size >= MOST_STREAMS || faults.take(['streams-refused'], target))
      throw new V20Error(429, `No more than ${MOST_STREAMS} streams may be open`);
    reply.hijack();
    const response = reply.raw;
    response.writeHead(200, {
      RequestID: request.id,
      'Content-Type': 'application/octet-stream',
      Connection: 'close',
    });
    response.flushHeaders();
    const lines = new StreamLines(response, { faults, target, timeFormat: request.timeFormat });
    this.#open.add(lines);
    const ending = new DisposableStack();
    ending.defer(() => this.#open.delete(lines));
    response.once('close', () => ending.dispose());
    // A reader that went away ends its stream by `close`; no one is left to report the error to.
    response.on('error', () => undefined);
    return { lines, onEnd: (task) => ending.defer(task) };
  }

  endAll(): void {
    for (const lines of this.#open) lines.end();
  }
}
