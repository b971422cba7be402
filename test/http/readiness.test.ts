import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/http/app.ts';
import { createLog } from '../../src/server/log.ts';
import { RATE_LIMITS } from '../../src/http/rate-limits.ts';
import { StartProgress } from '../../src/http/readiness.ts';
import type { App } from '../../src/http/route.ts';
import { Problem } from '../../src/core/shared/problem.ts';
import { registerInstrumentRoutes } from '../../src/prices/instrument-routes.ts';
import { BlockedIpStore } from '../../src/people/blocked-ip-store.ts';
import { IdempotencyStore } from '../../src/persistence/idempotency-store.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { BlockedIps } from '../../src/people/blocked-ips.ts';
import { Idempotency } from '../../src/http/idempotency/idempotency.ts';

const readiness = new StartProgress();
let obstacle: Problem | undefined;
let app: App;
let base: string;

// There is no database: nothing listens on port 9.
const log = createLog({ level: 'silent' });
const orm = openOrm({ databaseUrl: 'postgres://none@127.0.0.1:9/nothing', log });
const clock = () => Date.now();

beforeAll(async () => {
  app = await createApp({
    log,
    config: { publicUrl: 'http://forex.test', trustedProxies: [], rateLimits: RATE_LIMITS, version: '0.0.0' },
    readiness,
    obstacle: () => obstacle,
    credentials: {
      remembered: () => undefined,
      lastKnown: () => undefined,
      authenticate: async () => undefined,
    },
    blockedIps: new BlockedIps({ store: new BlockedIpStore(orm), clock }),
    serverSettings: { hidesApiDescription: async () => false },
    refusals: { record: () => Promise.resolve() },
    changes: { record: async () => undefined },
    idempotency: new Idempotency({ store: new IdempotencyStore(orm), clock }),
    routes: [
      (server) =>
        registerInstrumentRoutes(server, {
          accounts: { offerOf: () => Promise.reject(new Error('no account')) },
        }),
    ],
  });
  base = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await app.close();
  await orm.close();
});

async function ask(path: string) {
  const answer = await fetch(`${base}${path}`);
  return {
    status: answer.status,
    retryAfter: answer.headers.get('retry-after'),
    body: JSON.parse(await answer.text()),
  };
}

describe('a server that listens before its database is there', () => {
  it('is alive, and reports its progress', async () => {
    readiness.enter('migrating', { migration: 'add_note', index: 2, total: 3, blockedBy: 'a report' });

    expect(await ask('/livez')).toMatchObject({ status: 200, body: { status: 'live' } });
    expect(await ask('/readyz')).toEqual({
      status: 503,
      retryAfter: '2',
      body: {
        status: 'starting',
        phase: 'migrating',
        elapsedMs: expect.any(Number),
        migration: 'add_note',
        index: 2,
        total: 3,
        blockedBy: 'a report',
      },
    });
  });

  it.each(['/api/v1/instruments', '/api/v1/nothing', '/api/openapi.json', '/problems/not-found'])(
    'asks to come back later for %s',
    async (path) => {
      const { status, retryAfter, body } = await ask(path);

      expect({ status, retryAfter }).toEqual({ status: 503, retryAfter: '2' });
      expect(body).toMatchObject({
        type: '/problems/not-ready',
        detail: 'The server is starting: migrating.',
        instance: path,
      });
    },
  );

  it('answers everything when it is ready, and says so when the database is not there after all', async () => {
    readiness.complete();

    expect(await ask('/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
    expect(await ask('/api/v1/instruments')).toMatchObject({
      status: 503,
      body: { type: '/problems/database-unavailable' },
    });
    expect(await ask('/livez')).toMatchObject({ status: 200 });
  });

  it('says what keeps it from its work, and still answers requests', async () => {
    obstacle = new Problem('not-ready', 'An account is being rebuilt.', {
      code: 'busy',
      retryAfterSeconds: 2,
    });

    expect(await ask('/readyz')).toMatchObject({
      status: 503,
      retryAfter: '2',
      body: { type: '/problems/not-ready', code: 'busy', detail: 'An account is being rebuilt.' },
    });
    expect(await ask('/livez')).toMatchObject({ status: 200 });
    expect(await ask('/api/v1/instruments')).toMatchObject({
      body: { type: '/problems/database-unavailable' },
    });

    obstacle = undefined;
    expect(await ask('/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } });
  });

  it('refuses new requests when it stops, and still says that it is alive', async () => {
    readiness.stop();

    expect(await ask('/readyz')).toMatchObject({ status: 503, body: { status: 'stopping' } });
    expect(await ask('/api/v1/instruments')).toMatchObject({
      status: 503,
      body: { type: '/problems/shutting-down' },
    });
    expect(await ask('/livez')).toMatchObject({ status: 200 });
  });
});
