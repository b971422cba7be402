/** One person's reads come one after the other, two at a time and not too fast, so that those of others find room beside them. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../core/shared/problem.ts';
import { recentlyUsed } from '../process/recently-used.ts';
import { costOfRead, ReadPace, rowsOf, SharedReadPace } from './read-pace.ts';
import { ReadTurn, ReadTurns } from './read-turns.ts';
import { REQUEST_COSTS } from './request-costs.ts';
import type { RateLimits } from './rate-limits.ts';
import type { App } from './route.ts';

/** Who reads no faster than this share of a person's pace reads little. */
const LITTLE = 0.25;
/** That pace counts from here on, as so many ms of it: 2,000 rows in a person's own pace. */
const LITTLE_ADVANCE_MS = 3_200;

/** A read that costs more is a long one: a page of more than 150 rows, candles, a download. */
const LONG_COST = 250;

/** People whose pace is known at the same time; who has not read for longest is forgotten first. */
const MOST_PEOPLE = 10_000;

/** Limits the reads of each person that are answered at the same time, and how fast; those of strangers have their limits by address. */
export function limitReadsAtOnce(app: App, { rowsASecondOfPerson, rowsASecondOfAll }: RateLimits): void {
  const readersById = recentlyUsed<Reader>(MOST_PEOPLE);
  const lines = {
    small: new SharedReadPace(rowsASecondOfAll),
    long: new SharedReadPace(rowsASecondOfAll),
  };
  const stopping = new AbortController();
  app.decorateRequest('readPage');
  app.addHook('preClose', (done) => {
    stopping.abort();
    done();
  });
  app.addHook('onRoute', (route) => {
    if (route.method !== 'GET') return;
    const { handler } = route;
    route.handler = async function limited(request, reply) {
      const userId = request.principal?.userId;
      if (userId === undefined) return handler.call(this, request, reply);
      const own = readersById.get(userId) ?? new Reader(rowsASecondOfPerson, lines);
      readersById.set(userId, own);
      const requests = REQUEST_COSTS[request.routeOptions.config.cost ?? 'usual'];
      const cost = costOfRead({ rows: rowsAskedFor(request), requests });
      const turn = new ReadTurn(own.turns);
      request.readPage = (read, rowsBefore) =>
        turn.readPage(read, () => own.readRows(rowsBefore, stopping.signal));
      try {
        await turn.begin(isLong(cost), () => own.keepPace(cost, stopping.signal));
        refuseGone(request);
        // A reply is awaited until it is sent or has broken off, so a download has its turn until then.
        const answer: unknown = await handler.call(this, request, reply);
        own.note(costOfRead({ rows: rowsOf(answer), requests }));
        return answer;
      } finally {
        turn.end();
      }
    };
  });
}

/** A sender that went away while its request waited makes no work. */
function refuseGone({ raw }: FastifyRequest): void {
  if (raw.socket.destroyed) throw new Problem('invalid-request', 'The connection was gone already.');
}

/** Returns how many rows a request names as the limit of its page; 0 when its route has no pages. */
function rowsAskedFor({ query }: FastifyRequest): number {
  const { limit } = query as { readonly limit?: unknown };
  return typeof limit === 'number' ? limit : 0;
}

function isLong(cost: number): boolean {
  return cost > LONG_COST;
}

/** The lines in which reads of all people stand. Small ones have their own: they do not wait until long ones are done. */
interface Lines {
  readonly small: SharedReadPace;
  readonly long: SharedReadPace;
}

/** What one person reads. */
class Reader {
  readonly turns = new ReadTurns();
  readonly #pace: ReadPace;
  readonly #littlePace: ReadPace;
  readonly #lines: Lines;

  constructor(rowsASecond: number, lines: Lines) {
    this.#pace = new ReadPace(rowsASecond);
    this.#littlePace = new ReadPace(rowsASecond * LITTLE, LITTLE_ADVANCE_MS);
    this.#lines = lines;
  }

  /** Resolves when a read of that cost may begin: when as much time has passed as the reads before are worth, or the server stops, because what waits then is answered before it does. */
  async keepPace(cost: number, stopping: AbortSignal): Promise<void> {
    const now = performance.now();
    const pauseMs = Math.max(this.#pace.pauseMs(now), this.#pauseInLineMs(cost, now));
    if (pauseMs > 0 && !stopping.aborted)
      await sleep(pauseMs, undefined, { signal: stopping }).catch(() => undefined);
  }

  /** Long reads stand in their line always, because a hundred people can begin one in the same moment; small ones when their reader reads much. */
  #pauseInLineMs(cost: number, now: number): number {
    if (isLong(cost)) return this.#lines.long.takePlace(cost, now);
    const readsMuch = this.#littlePace.pauseMs(now) > 0;
    return readsMuch ? this.#lines.small.takePlace(cost, now) : 0;
  }

  /** A read has cost so many rows. */
  note(cost: number): void {
    const now = performance.now();
    this.#pace.note(cost, now);
    this.#littlePace.note(cost, now);
  }

  /** A page of so many rows of a long answer was read, which costs as much as one that is asked for; resolves when the next may be. */
  async readRows(rows: number, stopping: AbortSignal): Promise<void> {
    const cost = costOfRead({ rows, requests: REQUEST_COSTS.page });
    this.note(cost);
    await this.keepPace(cost, stopping);
  }
}
