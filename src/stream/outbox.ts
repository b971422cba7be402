/** What is on its way to one client: in order and complete, and never more of it than the client can be expected to take. */

import type { WebSocket } from 'ws';

/** How far a client may fall behind. */
export interface OutboxLimits {
  /** With this many bytes handed over and not taken, the client is behind and nothing more is handed over. */
  readonly highWaterBytes: number;
  /** Frames that wait for a client that is behind; one more and it is too slow. */
  readonly waitingFrames: number;
}

/** Sends frames to one socket. What may be conflated asks first whether there is {@link isClear room}; all else waits in order. */
export class Outbox {
  readonly #socket: WebSocket;
  readonly #limits: OutboxLimits;
  readonly #onOverflow: () => void;
  #waiting: string[] = [];
  #roomWaiters: ((isOpen: boolean) => void)[] = [];
  #isClosed = false;

  constructor(socket: WebSocket, limits: OutboxLimits, onOverflow: () => void) {
    this.#socket = socket;
    this.#limits = limits;
    this.#onOverflow = onOverflow;
  }

  /** Whether the client keeps up: nothing waits and there is room. */
  get isClear(): boolean {
    return (
      !this.#isClosed &&
      this.#waiting.length === 0 &&
      this.#socket.bufferedAmount < this.#limits.highWaterBytes
    );
  }

  /** Sends a frame after all that were sent before. */
  send(frame: object): void {
    this.sendText(JSON.stringify(frame));
  }

  /** Sends a frame that is text already. */
  sendText(text: string): void {
    if (this.isClear) return this.#handOver(text);
    if (this.#isClosed) return;
    this.#waiting.push(text);
    if (this.#waiting.length > this.#limits.waitingFrames) this.#onOverflow();
  }

  /** Resolves as soon as the client keeps up; false when the socket has closed. */
  room(): Promise<boolean> {
    if (this.isClear || this.#isClosed) return Promise.resolve(!this.#isClosed);
    return new Promise((resolve) => this.#roomWaiters.push(resolve));
  }

  /** Sends nothing more; what waits is dropped. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
    this.#answerRoomWaiters();
  }

  #handOver(text: string): void {
    // The callback comes when the bytes were taken (or never will be): only then can there be more room than now.
    this.#socket.send(text, () => this.#continue());
  }

  #continue(): void {
    if (this.#isClosed) return;
    let taken = 0;
    while (taken < this.#waiting.length && this.#socket.bufferedAmount < this.#limits.highWaterBytes) {
      this.#handOver(this.#waiting[taken] ?? '');
      taken += 1;
    }
    if (taken > 0) this.#waiting = this.#waiting.slice(taken);
    if (this.isClear) this.#answerRoomWaiters();
  }

  #answerRoomWaiters(): void {
    const waiters = this.#roomWaiters;
    this.#roomWaiters = [];
    for (const answer of waiters) answer(!this.#isClosed);
  }
}
