/** The WebSocket of a server: connects again by itself, subscribes again, and continues the journal where it was. */

import type { ClientFrame, ServerFrame } from './types.ts';

/** What a client may follow. */
export type Subscription = Extract<ClientFrame, { readonly type: 'subscribe' }>;
/** What comes of what is followed. */
export type DataFrame = Extract<ServerFrame, { readonly type: 'data' }>;
/** What was refused. */
export type ErrorFrame = Extract<ServerFrame, { readonly type: 'error' }>;

export interface StreamOptions {
  /** Such as `http://127.0.0.1:8000`. */
  readonly address: string;
  readonly token: string;
  readonly subscriptions: readonly Subscription[];
  /** Called with one frame after the other. A journal entry counts as processed when this has returned. */
  readonly onData: (frame: DataFrame) => void;
  readonly onError?: (frame: ErrorFrame) => void;
}

/** After these another attempt would end the same way: the program, the token or the person is at fault. */
const FINAL_CODES = new Set([4400, 4401, 4403]);
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** A connection that lasts until `close`, or until the server refuses it for good. */
export class Stream {
  readonly #options: StreamOptions;
  /** Resolves when it was closed; rejects when the server refuses it for good. */
  readonly ended: Promise<void>;
  readonly #settle: { resolve: () => void; reject: (error: Error) => void };
  #socket: WebSocket | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #isClosed = false;
  /** The number of the last journal entry that was processed. */
  #last: number | undefined;

  constructor(options: StreamOptions) {
    this.#options = options;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#settle = { resolve, reject };
    this.#connect();
  }

  /** The number of the last journal entry that was processed: pass it as `after` to continue there after a restart of the program. */
  get lastSequence(): number | undefined {
    return this.#last;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#again);
    this.#socket?.close();
    this.#settle.resolve();
  }

  #connect(): void {
    const url = new URL('/ws', this.#options.address);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.addEventListener('open', () => this.#send({ type: 'authenticate', token: this.#options.token }));
    socket.addEventListener('message', ({ data }) => this.#take(JSON.parse(String(data)) as ServerFrame));
    socket.addEventListener('close', ({ code, reason }) => this.#lose(code, reason));
  }

  #send(frame: ClientFrame): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  #take(frame: ServerFrame): void {
    if (this.#isClosed) return;
    if (frame.type === 'authenticated') {
      this.#failures = 0;
      for (const subscription of this.#options.subscriptions) this.#send(this.#continued(subscription));
    } else if (frame.type === 'data') {
      this.#options.onData(frame);
      if (frame.channel !== 'events') return;
      this.#last = frame.sequence;
      this.#send({ type: 'acknowledge', sequence: frame.sequence });
    } else if (frame.type === 'error') this.#options.onError?.(frame);
  }

  #continued(subscription: Subscription): Subscription {
    const after = this.#last;
    return subscription.channel === 'events' && after !== undefined
      ? { ...subscription, after }
      : subscription;
  }

  #lose(code: number, reason: string): void {
    if (this.#isClosed) return;
    if (FINAL_CODES.has(code)) {
      this.#isClosed = true;
      this.#settle.reject(new Error(`The server closed the socket with ${code}: ${reason}`));
      return;
    }
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures += 1;
    this.#again = setTimeout(() => this.#connect(), pauseMs);
  }
}
