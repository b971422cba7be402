/** One person's reads come one after the other, two at a time, so that those of others find room beside them. */

import type { FastifyRequest } from 'fastify';
import { Problem } from '../core/shared/problem.ts';
import type { App } from './route.ts';

/** Reads have four connections to the database. A page with ten parts is read no later: each takes milliseconds. */
const AT_ONCE = 2;
/** More than any page asks for; each holds its request in memory. */
const MOST_WAITING = 100;

/** Limits the reads of each person that are answered at the same time; those of strangers have their limits by address. */
export function limitReadsAtOnce(app: App): void {
  const turns = new Map<string, Turns>();
  app.addHook('onRoute', (route) => {
    if (route.method !== 'GET') return;
    const { handler } = route;
    route.handler = async function limited(request, reply) {
      const userId = request.principal?.userId;
      if (userId === undefined) return handler.call(this, request, reply);
      const own = turns.get(userId) ?? new Turns();
      turns.set(userId, own);
      try {
        await own.take();
        try {
          refuseGone(request);
          return await handler.call(this, request, reply);
        } finally {
          own.giveBack();
        }
      } finally {
        if (own.isUnused) turns.delete(userId);
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
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  get isUnused(): boolean {
    return this.#taken === 0;
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

  /** The next one that waits has the turn. */
  giveBack(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#taken -= 1;
  }
}
