/** Listens to the journal of one person, and notes when the entry of each filled order came. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';

const AGAIN_AFTER_MS = 250;

export class JournalListener {
  readonly #open: () => WebSocket;
  readonly #token: string;
  readonly #heardAtById = new Map<string, number>();
  readonly #failures: string[] = [];
  #socket: WebSocket | undefined;
  #after: number | undefined;
  #isClosed = false;

  private constructor(address: string, token: string, from: string) {
    this.#open = () =>
      new WebSocket(`${address.replace('http', 'ws')}/ws`, { headers: { 'x-forwarded-for': from } });
    this.#token = token;
  }

  /** Resolves when what happens from now on is heard. */
  static async connect(address: string, token: string, from: string): Promise<JournalListener> {
    const listener = new JournalListener(address, token, from);
    await listener.#connect();
    return listener;
  }

  /** When it heard that the order was filled. */
  heardAt(orderId: string): number | undefined {
    return this.#heardAtById.get(orderId);
  }

  /** Returns how often the connection ended, and why, since the last time. */
  takeFailures(): string[] {
    return this.#failures.splice(0);
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.terminate();
  }

  async #connect(): Promise<void> {
    const socket = this.#open();
    this.#socket = socket;
    const subscribed = Promise.withResolvers<void>();
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString());
      if (frame.type === 'subscribed') subscribed.resolve();
      if (frame.type === 'data') this.#hear(frame.sequence, frame.data);
    });
    socket.on('close', (code) => {
      subscribed.reject(new Error(`The socket was closed with ${code}.`));
      if (!this.#isClosed) void this.#connectAgain(`the socket was closed with ${code}`);
    });
    socket.on('error', () => undefined);
    await Promise.race([once(socket, 'open'), subscribed.promise]);
    const send = (frame: object): void => socket.send(JSON.stringify(frame));
    send({ type: 'authenticate', token: this.#token });
    const after = this.#after === undefined ? {} : { after: this.#after };
    send({ type: 'subscribe', channel: 'events', ...after });
    await subscribed.promise;
  }

  async #connectAgain(why: string): Promise<void> {
    this.#failures.push(why);
    await sleep(AGAIN_AFTER_MS);
    // When it fails it is closed, which comes back here.
    await this.#connect().catch(() => undefined);
  }

  #hear(sequence: number, entry: { readonly type: string; readonly details: { readonly orderId?: string } }) {
    this.#after = sequence;
    const { orderId } = entry.details;
    if (entry.type === 'order-filled' && orderId !== undefined)
      this.#heardAtById.set(orderId, performance.now());
  }
}
