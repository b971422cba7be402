/** A WebSocket server on a database of its own, with a market that the test drives, and clients that keep what they are told. */

import { randomUUIDv7 } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Compile } from 'typebox/compile';
import { Type } from 'typebox';
import { WebSocket } from 'ws';
import { UserRecord } from '../../src/entities/index.ts';
import { AccountStore } from '../../src/trading/accounts/account-store.ts';
import { BlockedIpStore } from '../../src/people/blocked-ip-store.ts';
import { JournalStore } from '../../src/journal/journal-store.ts';
import { OrderStore } from '../../src/trading/orders/order-store.ts';
import { openOrm } from '../../src/persistence/orm.ts';
import { PositionStore } from '../../src/trading/positions/position-store.ts';
import { SessionStore } from '../../src/people/session-store.ts';
import { TradeStore } from '../../src/trading/trades/trade-store.ts';
import { BlockedIps } from '../../src/people/blocked-ips.ts';
import { Journal } from '../../src/journal/journal.ts';
import { PriceHub } from '../../src/prices/feeds/price-hub.ts';
import { Sessions } from '../../src/people/sessions.ts';
import { TradingViews } from '../../src/trading/trading-views.ts';
import { STREAM_LIMITS, StreamGateway } from '../../src/stream/gateway.ts';
import { SERVER_FRAMES } from '../../src/stream/server-frames.ts';
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
  const sessions = new Sessions({ store: new SessionStore(orm), clock });
  const blockedIps = new BlockedIps({ store: new BlockedIpStore(orm), clock });
  const journalStore = new JournalStore(orm);
  const journal = new Journal({ store: journalStore, log: quiet });
  await journal.start();
  const hub = new PriceHub({ isLockStep: false, instruments: ['EUR_USD', 'USD_JPY'], marketTime: clock });
  const accounts = new AccountStore(orm);
  const views = new TradingViews({
    accounts,
    orders: new OrderStore(orm),
    positions: new PositionStore(orm),
    trades: new TradeStore(orm),
  });
  const progressListeners = new Set<(progress: BacktestProgress) => void>();
  const backtests = {
    subscribe: (listener: (progress: BacktestProgress) => void) => {
      progressListeners.add(listener);
      return () => progressListeners.delete(listener);
    },
  };
  const readiness = { isReady: true };
  const http = createServer((_request, response) => response.end());
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  const gateway = new StreamGateway({
    log: quiet,
    readiness,
    publicUrl: 'https://forex.example.org',
    trustedProxies,
    sessions,
    blockedIps,
    journal,
    hub,
    views,
    backtests,
    limits: inForce,
  });
  gateway.attach(http);
  let people = 0;

  return {
    orm,
    time,
    sessions,
    blockedIps,
    journal,
    journalStore,
    hub,
    accounts,
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
    /** A paper account that nobody trades. */
    addAccount: (userId: string) =>
      accounts.create({
        id: randomUUIDv7(),
        userId,
        name: 'Paper',
        currency: 'USD',
        hedging: false,
        initialBalance: 1_000_000_000,
        limits: {},
      }),
    close: async () => {
      await gateway.close();
      await journal.stop();
      http.closeAllConnections();
      http.close();
      await orm.close();
      await database.drop();
    },
  };
}

const ServerFrame = Compile(Type.Union([...SERVER_FRAMES]));

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
