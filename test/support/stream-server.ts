/** A server that listens for sockets, and clients that keep what they are sent. */

import { once } from 'node:events';
import { Compile } from 'typebox/compile';
import { Type } from 'typebox';
import { WebSocket } from 'ws';
import { CHANNEL_FRAMES } from '../../src/server/channels.ts';
import { serverFrames } from '../../src/stream/protocol.ts';
import { openTestServer } from './test-server.ts';
import type { BacktestProgress } from '../../src/backtests/backtests-channel.ts';
import type { Every } from '../../src/process/every.ts';
import type { ServerOptions } from './test-server.ts';

export interface StreamServerOptions {
  readonly limits?: ServerOptions['streamLimits'];
  readonly trustedProxies?: readonly string[];
  readonly rateLimits?: ServerOptions['rateLimits'];
  readonly every?: Every;
  readonly logsEverything?: boolean;
}

export type StreamServer = Awaited<ReturnType<typeof openStreamServer>>;

/** Opens a server with sockets at `url`; `showProgress` is what a running backtest reports. */
export async function openStreamServer({
  limits = {},
  trustedProxies = [],
  rateLimits = {},
  every,
  logsEverything = false,
}: StreamServerOptions = {}) {
  const listeners = new Set<(progress: BacktestProgress) => void>();
  const server = await openTestServer({
    publicUrl: 'https://forex.example.org',
    trustedProxies,
    rateLimits,
    streamLimits: limits,
    logsEverything,
    ...(every && { every }),
    backtestProgress: {
      onBacktestProgress: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  });
  return {
    ...server,
    url: `ws://${await server.listen()}/ws`,
    showProgress: (progress: BacktestProgress) => {
      for (const listener of listeners) listener(progress);
    },
  };
}

const ServerFrame = Compile(Type.Union(serverFrames(CHANNEL_FRAMES)));

// Frames are what the tests assert, so they stay untyped here.
export type Frame = Record<string, any>; // oxlint-disable-line typescript/no-explicit-any

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
  static async signedIn(
    server: Pick<StreamServer, 'url'>,
    { token }: { readonly token: string },
  ): Promise<TestClient> {
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
