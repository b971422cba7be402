/** A client of the WebSocket that follows the journal through every end of the server, as docs/websocket.md says. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Draw } from './draw.ts';

const AGAIN_MS = 100;

interface Frame {
  readonly type: string;
  readonly channel?: string;
  readonly sequence?: number;
}

export class Follower implements AsyncDisposable {
  /** The numbers of the entries, in the order in which they came. */
  readonly sequences: number[] = [];
  connections = 0;
  readonly name: string;
  readonly #draw: Draw;
  readonly #token: string;
  readonly #ending = new AbortController();
  readonly #ended: Promise<void>;
  #address: string | undefined;
  #socket: WebSocket | undefined;

  constructor(name: string, draw: Draw, token: string) {
    this.name = name;
    this.#draw = draw;
    this.#token = token;
    this.#ended = this.#follow();
  }

  /** Where the server is from now on; undefined while it is gone. */
  serverIsAt(address: string | undefined): void {
    this.#address = address;
  }

  /** Breaks the connection in the middle of whatever comes. */
  breakOff(): void {
    this.#socket?.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    this.breakOff();
    await this.#ended;
  }

  async #follow(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      if (this.#address !== undefined) await this.#connect(this.#address);
      await sleep(AGAIN_MS);
    }
  }

  /** Resolves when the connection has ended. */
  #connect(address: string): Promise<void> {
    const socket = new WebSocket(`${address.replace(/^http/, 'ws')}/ws`);
    this.#socket = socket;
    const send = (frame: object): void => socket.send(JSON.stringify(frame));
    socket.once('open', () => send({ type: 'authenticate', token: this.#token }));
    socket.on('message', (data: Buffer) => {
      const { type, channel, sequence } = JSON.parse(data.toString()) as Frame;
      if (type === 'authenticated')
        send({ type: 'subscribe', channel: 'events', after: this.sequences.at(-1) ?? 0 });
      if (type === 'subscribed') this.connections += 1;
      if (type !== 'data' || channel !== 'events' || sequence === undefined) return;
      // What comes after the end of a connection counts for no one: it comes again with the next one.
      if (socket.readyState !== WebSocket.OPEN) return;
      this.sequences.push(sequence);
      if (this.#draw.chance(10)) send({ type: 'acknowledge', sequence });
    });
    socket.on('error', () => undefined);
    return new Promise((resolve) => socket.once('close', () => resolve()));
  }
}

/** Compares what a follower was sent with the journal's own numbers: every entry once. */
export function compareJournal(
  followed: readonly number[],
  journal: readonly number[],
  name: string,
): readonly string[] {
  const counts = Map.groupBy(followed, (sequence) => sequence);
  const known = new Set(journal);
  return [
    ...journal
      .filter((sequence) => !counts.has(sequence))
      .map((sequence) => `${name} was not sent entry ${sequence} of the journal`),
    ...[...counts].flatMap(([sequence, { length }]) => [
      ...(length > 1 ? [`${name} was sent entry ${sequence} of the journal ${length} times`] : []),
      ...(known.has(sequence) ? [] : [`${name} was sent entry ${sequence}, which the journal does not have`]),
    ]),
  ];
}
