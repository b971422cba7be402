/** One person's reads come one after the other, two at a time and not too fast, so that those of others find room beside them. */

import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../core/shared/problem.ts';
import { ReadPace, rowsOf } from './read-pace.ts';
import { REQUEST_COSTS } from './request-costs.ts';
import type { RateLimits } from './rate-limits.ts';
import type { App } from './route.ts';

/** Reads have four connections to the database. A page with ten parts is read no later: each takes milliseconds. */
const AT_ONCE = 2;
/** More than any page asks for; each holds its request in memory. */
const MOST_WAITING = 100;

/** People whose pace is known at the same time; who has not read for longest is forgotten first. */
const MOST_PEOPLE = 10_000;

/** Limits the reads of each person that are answered at the same time, and how fast; those of strangers have their limits by address. */
export function limitReadsAtOnce(app: App, { rowsASecondOfPerson }: RateLimits): void {
  const turnsByPerson = new LRUCache<string, Turns>({ max: MOST_PEOPLE });
  let isClosing = false;
  app.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  app.addHook('onRoute', (route) => {
    if (route.method !== 'GET') return;
    const { handler } = route;
    route.handler = async function limited(request, reply) {
      const userId = request.principal?.userId;
      if (userId === undefined) return handler.call(this, request, reply);
      const own = turnsByPerson.get(userId) ?? new Turns(rowsASecondOfPerson);
      turnsByPerson.set(userId, own);
      await own.take();
      try {
        // What waits when the server stops is answered before it does.
        if (!isClosing) await own.keepPace();
        refuseGone(request);
        const answer: unknown = await handler.call(this, request, reply);
        const requests = REQUEST_COSTS[request.routeOptions.config.cost ?? 'usual'];
        own.pace.note({ rows: rowsOf(answer), requests }, performance.now());
        return answer;
      } finally {
        own.giveBack();
      }
    };
  });
}

/** A sender that went away while its request waited makes no work. */
function refuseGone({ raw }: FastifyRequest): void {
  if (raw.socket.destroyed) throw new Problem('invalid-request', 'The connection was gone already.');
}

/** The turns of one person. */
class Turns {
  readonly pace: ReadPace;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(rowsASecond: number) {
    this.pace = new ReadPace(rowsASecond);
  }

  /** Resolves when it is this one's turn; every turn is given back. */
  async take(): Promise<void> {
    if (this.#taken < AT_ONCE) {
      this.#taken += 1;
      return;
    }
    if (this.#waiting.length >= MOST_WAITING)
      throw new Problem('too-many-requests', 'More reads of yours are waiting than can be answered soon.', {
        retryAfterSeconds: 1,
      });
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves when as much time has passed as the reads before are worth. */
  async keepPace(): Promise<void> {
    const pauseMs = this.pace.pauseMs(performance.now());
    if (pauseMs > 0) await sleep(pauseMs);
  }

  /** The next one that waits has the turn. */
  giveBack(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#taken -= 1;
  }
}
