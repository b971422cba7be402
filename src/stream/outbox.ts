/** What is on its way to one client: in order and complete, and never more of it than the client can be expected to take. */

import { textFrame } from './text-frame.ts';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** How far a client may fall behind. */
export interface OutboxLimits {
  /** With this many bytes handed over and not taken, the client is behind and nothing more is handed over. */
  readonly highWaterBytes: number;
  /** Bytes of frames that wait for a client that is behind; with more it is too slow. */
  readonly waitingBytes: number;
}

/** A WebSocket, and the connection below it. */
export interface Line {
  readonly socket: Pick<WebSocket, 'readyState' | 'OPEN'>;
  readonly connection: Pick<Duplex, 'write' | 'cork' | 'uncork' | 'writableLength'>;
}

/**
 * Sends frames to one socket. What may be conflated asks first whether it {@link isClear is clear}; all else waits in order.
 * Frames are bytes that sockets can share, so they are written to the connection, past the library, which would build each again.
 */
export class Outbox {
  readonly #line: Line;
  readonly #limits: OutboxLimits;
  readonly #onOverflow: () => void;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #keptBack = 0;
  #roomWaiters: ((isOpen: boolean) => void)[] = [];
  #isGathering = false;
  #isClosed = false;

  constructor(line: Line, limits: OutboxLimits, onOverflow: () => void) {
    this.#line = line;
    this.#limits = limits;
    this.#onOverflow = onOverflow;
  }

  /** Whether the client keeps up: there is room, and nothing is kept back. */
  get isClear(): boolean {
    return this.#keptBack === 0 && this.hasRoom;
  }

  /** Whether a frame that is sent now is handed over at once. */
  get hasRoom(): boolean {
    return !this.#isClosed && this.#waiting.length === 0 && this.#isBelowHighWater();
  }

  /** Whether a frame may be sent now. The rest of what may wait is for frames that cannot be sent later. */
  takes(frame: Buffer): boolean {
    return this.hasRoom || this.#waitingBytes + frame.length <= this.#limits.waitingBytes / 2;
  }

  /** Frames for the client wait where they came from until the returned function is called. What may be conflated comes after them. */
  keepBack(): () => void {
    this.#keptBack += 1;
    return () => (this.#keptBack -= 1);
  }

  /** Sends a frame after all that were sent before. */
  send(frame: object): void {
    this.sendFrame(textFrame(JSON.stringify(frame)));
  }

  /** Sends a frame that others may be sent, too. */
  sendFrame(frame: Buffer): void {
    if (this.hasRoom) return this.#handOver(frame);
    if (this.#isClosed) return;
    this.#waiting.push(frame);
    this.#waitingBytes += frame.length;
    if (this.#waitingBytes > this.#limits.waitingBytes) this.#onOverflow();
  }

  /** Resolves as soon as there is room; false when the socket has closed. */
  room(): Promise<boolean> {
    if (this.hasRoom || this.#isClosed) return Promise.resolve(!this.#isClosed);
    return new Promise((resolve) => this.#roomWaiters.push(resolve));
  }

  /** Sends nothing more; what waits is dropped. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#answerRoomWaiters();
  }

  #isBelowHighWater(): boolean {
    return this.#line.connection.writableLength < this.#limits.highWaterBytes;
  }

  #handOver(frame: Buffer): void {
    const { socket, connection } = this.#line;
    // Nothing may follow the frame by which the library closes.
    if (socket.readyState !== socket.OPEN) return;
    if (!this.#isGathering) this.#gather();
    connection.write(frame, this.#continue);
  }

  /** Frames that are sent one after the other become one write, and wait for nothing else. */
  #gather(): void {
    this.#isGathering = true;
    this.#line.connection.cork();
    process.nextTick(this.#writeGathered);
  }

  readonly #writeGathered = (): void => {
    this.#isGathering = false;
    this.#line.connection.uncork();
  };

  /** Bytes were taken (or never will be): only then can there be more room than before. */
  readonly #continue = (): void => {
    if (this.#isClosed) return;
    let taken = 0;
    for (let frame = this.#waiting[0]; frame && this.#isBelowHighWater(); frame = this.#waiting[taken]) {
      this.#handOver(frame);
      this.#waitingBytes -= frame.length;
      taken += 1;
    }
    if (taken > 0) this.#waiting = this.#waiting.slice(taken);
    if (this.#roomWaiters.length > 0 && this.hasRoom) this.#answerRoomWaiters();
  };

  #answerRoomWaiters(): void {
    const waiters = this.#roomWaiters;
    this.#roomWaiters = [];
    for (const answer of waiters) answer(!this.#isClosed);
  }
}
