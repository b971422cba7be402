/** A WebSocket server on a database of its own, with a market that the test drives, and clients that keep what they receive. */

import { randomUUIDv7 } from 'node:crypto';
import { once } from 'node:events';
import { Compile } from 'typebox/compile';
import { Type } from 'typebox';
import { WebSocket } from 'ws';
import { UserRecord } from '../../src/entities/index.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { BlockedIps } from '../../src/people/blocked-ips.ts';
import { Journal } from '../../src/journal/journal.ts';
import { PriceHub } from '../../src/prices/feeds/price-hub.ts';
import { Sessions } from '../../src/people/sessions.ts';
import { STREAM_LIMITS, StreamGateway } from '../../src/stream/gateway.ts';
import { serverFrames } from '../../src/stream/protocol.ts';
import { registerSocketRoute } from '../../src/stream/socket-route.ts';
import { createApp } from '../../src/http/app.ts';
import { Idempotency } from '../../src/http/idempotency/idempotency.ts';
import { RATE_LIMITS } from '../../src/http/rate-limits.ts';
import { CHANNEL_FRAMES, streamChannels } from '../../src/server/channels.ts';
import { openStores } from '../../src/server/compose-stores.ts';
import { createLog } from '../../src/server/log.ts';
import { createTestDatabase } from './database.ts';
import { quiet } from './quiet-log.ts';
import type { AddressInfo } from 'node:net';
import type { StreamLimits } from '../../src/stream/gateway.ts';
import type { BacktestProgress } from '../../src/backtests/backtests-channel.ts';

/** 2026-03-02 12:00 UTC, a Monday: the market is open. */
export const NOON = Date.UTC(2026, 2, 2, 12);

export interface ServerOptions {
  readonly limits?: Partial<StreamLimits>;
  readonly trustedProxies?: readonly string[];
}

/** Limits that a test may change; they apply to sockets that are opened from then on. */
type ChangeableLimits = { -readonly [Name in keyof StreamLimits]: StreamLimits[Name] };

export type StreamServer = Awaited<ReturnType<typeof openStreamServer>>;

export async function openStreamServer({ limits, trustedProxies = [] }: ServerOptions = {}) {
  const inForce: ChangeableLimits = { ...STREAM_LIMITS, ...limits };
  const database = await createTestDatabase();
  const orm = openOrm({ databaseUrl: database.url, log: quiet });
  const time = { now: NOON };
  const clock = () => time.now;
  const stores = openStores(orm, database.url);
  const sessions = new Sessions({ store: stores.sessions, clock });
  const blockedIps = new BlockedIps({ store: stores.blockedIps, clock });
  const journal = new Journal({ store: stores.journal, log: quiet });
  await journal.start();
  const hub = new PriceHub({ isLockStep: false, instruments: ['EUR_USD', 'USD_JPY'], marketTime: clock });
  const progressListeners = new Set<(progress: BacktestProgress) => void>();
  const backtests = {
    onBacktestProgress: (listener: (progress: BacktestProgress) => void) => {
      progressListeners.add(listener);
      return () => progressListeners.delete(listener);
    },
  };
  const readiness = {
    isReady: true,
    status: 'starting' as const,
    phase: 'starting',
    details: {},
    elapsedMs: 0,
  };
  const publicUrl = 'https://forex.example.org';
  const app = await createApp({
    log: createLog({ level: 'silent' }),
    config: { publicUrl, trustedProxies, rateLimits: RATE_LIMITS, version: '0.0.0' },
    readiness,
    sessions,
    blockedIps,
    idempotency: new Idempotency({ store: stores.idempotency, clock }),
    routes: [],
  });
  const gateway = new StreamGateway({
    log: quiet,
    channels: streamChannels({ stores, journal, hub, backtests }),
    sessions,
    blockedIps,
    limits: inForce,
  });
  await registerSocketRoute(app, { gateway, sessions, publicUrl });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as AddressInfo;
  let people = 0;

  return {
    orm,
    time,
    sessions,
    blockedIps,
    journal,
    journalStore: stores.journal,
    hub,
    accounts: stores.accounts,
    readiness,
    limits: inForce,
    gateway,
    url: `ws://127.0.0.1:${port}/ws`,
    databaseUrl: database.url,
    tellProgress: (progress: BacktestProgress) => {
      for (const listener of progressListeners) listener(progress);
    },
    /** A person with a session. */
    addUser: async () => {
      people += 1;
      const em = orm.em.fork();
      const user = em.create(UserRecord, {
        email: `trader-${people}@example.org`,
        username: `trader-${people}`,
        passwordHash: 'hash',
      });
      await em.flush();
      const { token, sessionId } = await sessions.open(user.id, {});
      return { id: user.id, token, sessionId };
    },
    /** A paper account that no process runs. */
    addAccount: (userId: string) =>
      stores.accounts.create({
        id: randomUUIDv7(),
        userId,
        name: 'Paper',
        currency: 'USD',
        hedging: false,
        initialBalance: 1_000_000_000,
        limits: {},
      }),
    close: async () => {
      app.server.closeAllConnections();
      await app.close();
      await journal.stop();
      await orm.close();
      await database.drop();
    },
  };
}

const ServerFrame = Compile(Type.Union(serverFrames(CHANNEL_FRAMES)));

// Frames are what the tests assert, so they stay untyped here.
type Frame = Record<string, any>; // oxlint-disable-line typescript/no-explicit-any

/** One client. Every frame that it is sent is checked against the schemas that are published. */
export class TestClient {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  #waiters: { readonly isWanted: (frame: Frame) => boolean; readonly resolve: (frame: Frame) => void }[] = [];

  constructor(url: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(url, { headers, perMessageDeflate: false });
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.socket.on('error', () => undefined);
    this.socket.on('message', (data: Buffer) => this.#take(JSON.parse(data.toString())));
  }

  /** Connects and authenticates by a frame. */
  static async signedIn(server: StreamServer, { token }: { readonly token: string }): Promise<TestClient> {
    const client = new TestClient(server.url);
    await once(client.socket, 'open');
    client.send({ type: 'authenticate', token });
    await client.next((frame) => frame['type'] === 'authenticated');
    return client;
  }

  send(frame: unknown): void {
    this.socket.send(JSON.stringify(frame));
  }

  /** Subscribes and waits for the answer, which it returns. */
  async subscribe(channel: string, parameters: object = {}): Promise<Frame> {
    const seen = this.frames.length;
    this.send({ type: 'subscribe', channel, ...parameters });
    return this.next((frame) => frame['type'] === 'subscribed' || frame['type'] === 'error', seen);
  }

  /** The first frame, of those from a place on, that is wanted; waits for it if it is not there yet. */
  next(isWanted: (frame: Frame) => boolean, from = 0): Promise<Frame> {
    const found = this.frames.slice(from).find(isWanted);
    if (found) return Promise.resolve(found);
    return new Promise((resolve) => this.#waiters.push({ isWanted, resolve }));
  }

  /** The data of a channel that came so far. */
  dataOf(channel: string): Frame[] {
    return this.frames.filter((frame) => frame['type'] === 'data' && frame['channel'] === channel);
  }

  #take(frame: Frame): void {
    if (!ServerFrame.Check(frame)) throw new Error(`No schema has this frame: ${JSON.stringify(frame)}`);
    this.frames.push(frame);
    const ready = this.#waiters.filter(({ isWanted }) => isWanted(frame));
    this.#waiters = this.#waiters.filter((waiter) => !ready.includes(waiter));
    for (const { resolve } of ready) resolve(frame);
  }
}
