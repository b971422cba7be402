import { describe, expect, it } from 'vitest';
import { Outbox } from './outbox.ts';
import { textFrame } from './text-frame.ts';

const LIMITS = { highWaterBytes: 1_000, waitingBytes: 1_000 };
const OPEN = 1;

/** A connection that takes what was written when it is asked to. */
class HandConnection {
  readonly writes: Buffer[][] = [];
  writableLength = 0;
  #corked: Buffer[] = [];
  #callbacks: (() => void)[] = [];

  write(frame: Buffer, onTaken: () => void): boolean {
    this.writableLength += frame.length;
    this.#corked.push(frame);
    this.#callbacks.push(onTaken);
    return true;
  }

  cork(): void {
    this.#corked = [];
  }

  uncork(): void {
    this.writes.push(this.#corked);
  }

  /** The client reads all of it. */
  take(): void {
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    this.writableLength = 0;
    for (const onTaken of callbacks) onTaken();
  }

  get frames(): string[] {
    return this.writes.flat().map((frame) => frame.subarray(frame.length > 127 ? 4 : 2).toString());
  }
}

function open() {
  const connection = new HandConnection();
  const socket = { readyState: OPEN as WebSocketState, OPEN: OPEN as 1 };
  let overflows = 0;
  const line = { socket, connection: connection as never };
  const outbox = new Outbox(line, LIMITS, () => (overflows += 1));
  return { outbox, connection, socket, overflowsOf: () => overflows };
}

type WebSocketState = 0 | 1 | 2 | 3;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const frameOf = (letter: string): Buffer => textFrame(letter.repeat(300));

describe('an outbox', () => {
  it('keeps no more for a client that does not read than may be on its way and may wait', () => {
    const { outbox, connection, overflowsOf } = open();

    let sent = 0;
    for (; overflowsOf() === 0; sent += 1) outbox.sendFrame(frameOf('a'));

    // Four until 1,000 bytes are on their way, and another four with the last of which more than 1,000 wait.
    expect(connection.writableLength).toBe(4 * 304);
    expect(sent).toBe(8);
  });

  it('writes at once what is sent in one turn, and each frame once', async () => {
    const { outbox, connection } = open();
    const frame = textFrame('shared');

    outbox.sendFrame(frame);
    outbox.send({ type: 'x' });
    await turn();
    outbox.sendFrame(frame);
    await turn();

    expect(connection.writes.map((some) => some.length)).toEqual([2, 1]);
    expect(connection.frames).toEqual(['shared', '{"type":"x"}', 'shared']);
    expect(connection.writes[1]?.[0]).toBe(frame);
  });

  it('sends what waited, in order, as the client reads', async () => {
    const { outbox, connection } = open();
    for (const letter of 'abcdef') outbox.sendFrame(frameOf(letter));
    expect(outbox.hasRoom).toBe(false);
    const room = outbox.room();

    connection.take();
    expect(outbox.hasRoom).toBe(true);
    expect(await room).toBe(true);
    await turn();

    expect(connection.frames.map((text) => text.at(0))).toEqual('abcdef'.split(''));
  });

  it('takes what can be sent later only while there is half of the room to wait', () => {
    const { outbox } = open();
    for (const letter of 'abcde') outbox.sendFrame(frameOf(letter));

    expect(outbox.takes(textFrame('x'.repeat(100)))).toBe(true);
    expect(outbox.takes(frameOf('f'))).toBe(false);
  });

  it('is not clear while something is kept back elsewhere', () => {
    const { outbox } = open();

    const release = outbox.keepBack();

    expect([outbox.isClear, outbox.hasRoom]).toEqual([false, true]);
    release();
    expect(outbox.isClear).toBe(true);
  });

  it('sends nothing after the frame by which its socket closes', () => {
    const { outbox, connection, socket } = open();
    socket.readyState = 2;

    outbox.send({ type: 'late' });

    expect(connection.writableLength).toBe(0);
  });
});
