/** One client at a socket: who it is, what it asks for, whether it is still there, and why it is closed. */

import { Problem } from '../core/shared/problem.ts';
import { unreachable } from '../core/shared/assert.ts';
import { Outbox } from './outbox.ts';
import { closeSocket, tooSlow, unauthenticated } from './close-reason.ts';
import { CLOSE_CODES } from './protocol.ts';
import { namedBy, Subscriptions } from './subscriptions.ts';
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { Principal } from '../http/principal.ts';
import type { Channel } from './channel.ts';
import type { CloseReason } from './close-reason.ts';
import type { OutboxLimits } from './outbox.ts';
import type { FrameReader } from './parse-frame.ts';
import type { ClientFrame, StreamFrame } from './protocol.ts';

/** Frames of one client that wait for those before them; no client needs more at once. */
const MOST_WAITING_FRAMES = 100;

/** The time limits for a client. */
export interface SubscriberLimits extends OutboxLimits {
  readonly authenticateWithinMs: number;
  readonly pingEveryMs: number;
  /** Frames that a channel may keep back for a client that is behind; with more it is too slow. */
  readonly waitingFrames: number;
}

/** What a client is served with. */
export interface SubscriberParts {
  readonly socket: WebSocket;
  /** What the socket's frames go through. */
  readonly connection: Duplex;
  readonly limits: SubscriberLimits;
  readonly channels: readonly Channel[];
  readonly readFrame: FrameReader;
  /** Where the client is; undefined when its connection is gone already. */
  readonly address: string | undefined;
  /** Who a token belongs to. */
  readonly authenticate: (token: string) => Promise<Known | undefined>;
  /** It is known who the client is: why it must be closed, if it must. */
  readonly admit: (known: Known) => CloseReason | undefined;
  /** The client is not served any more; its connection may take a moment longer to end. */
  readonly onEnd: () => void;
  readonly log: { warn(fields: object, message: string): void };
}

/** Who a client is, and how many sockets they may have. */
export interface Known {
  readonly principal: Principal;
  readonly mostSockets: number;
}

/** What is known of a client when its socket opens. */
export interface Arrival {
  readonly known: Known | undefined;
  /** It sent a session cookie that is not valid. */
  readonly hasDeadCookie: boolean;
}

/** Serves one client until one side closes. */
export class Subscriber {
  readonly #parts: SubscriberParts;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  readonly #outbox: Outbox;
  #principal: Principal | undefined;
  #subscriptions: Subscriptions | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isAlive = true;
  #isClosing = false;
  #work: Promise<void> = Promise.resolve();
  #waitingFrames = 0;

  constructor(parts: SubscriberParts) {
    this.#parts = parts;
    this.#outbox = new Outbox(parts, parts.limits, () => this.close(tooSlow('frames were not read')));
    parts.socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    parts.socket.on('pong', () => (this.#isAlive = true));
    this.closed = new Promise((resolve) => {
      parts.socket.on('close', () => {
        this.#end();
        resolve();
      });
    });
  }

  /** Serves the user of the session cookie, or waits for an `authenticate` frame. */
  start({ known, hasDeadCookie }: Arrival): void {
    if (known) return this.#welcome(known);
    // Said at once, so that a page can ask for a new sign-in without waiting for the close.
    if (hasDeadCookie)
      this.#sendError(
        'unauthenticated',
        'The session of the cookie has ended; send authenticate, or sign in again.',
      );
    const { authenticateWithinMs } = this.#parts.limits;
    const reason = `no authenticate frame came within ${authenticateWithinMs / 1_000} s`;
    this.#timer = setTimeout(
      () => this.#refuse('unauthenticated', unauthenticated(reason)),
      authenticateWithinMs,
    );
  }

  get address(): string | undefined {
    return this.#parts.address;
  }

  /** Who it is, as soon as that is known. */
  get principal(): Principal | undefined {
    return this.#principal;
  }

  /** Closes the socket; nothing more is sent or listened to. */
  close(why: CloseReason): void {
    if (this.#isClosing) return;
    this.#end();
    closeSocket(this.#parts.socket, why);
  }

  /** Ends the connection of a client that does not answer to its close. */
  terminate(): void {
    this.#parts.socket.terminate();
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#isClosing) return;
    const parsed = this.#parts.readFrame(data, isBinary);
    if ('wrong' in parsed) return this.#refuseFrame(parsed.wrong);
    this.#waitingFrames += 1;
    if (this.#waitingFrames > MOST_WAITING_FRAMES)
      return this.close(tooSlow('frames came faster than they can be answered'));
    this.#work = this.#work.then(() => this.#answer(parsed.frame));
  }

  /** Frames are answered in order: a subscription that comes after an authentication must find it done. */
  async #answer(frame: ClientFrame): Promise<void> {
    this.#waitingFrames -= 1;
    if (this.#isClosing) return;
    try {
      await this.#handle(frame);
    } catch (error) {
      if (!(error instanceof Problem)) return this.#fail(error);
      this.#outbox.send({
        type: 'error',
        code: error.type,
        detail: error.message,
        ...(isNamed(frame) && namedBy(frame)),
      } satisfies StreamFrame);
    }
  }

  async #handle(frame: ClientFrame): Promise<void> {
    if (frame.type === 'authenticate') return this.#authenticate(frame.token);
    const subscriptions = this.#subscriptions;
    if (!subscriptions)
      return this.#refuse('unauthenticated', unauthenticated('the first frame must be authenticate'));
    switch (frame.type) {
      case 'subscribe':
        return subscriptions.begin(frame);
      case 'unsubscribe':
        return subscriptions.end(frame);
      case 'acknowledge':
        return subscriptions.acknowledge(frame.sequence);
      default:
        return unreachable(frame);
    }
  }

  async #authenticate(token: string): Promise<void> {
    if (this.#principal) throw new Problem('conflict', 'This socket is authenticated already.');
    const known = await this.#parts.authenticate(token);
    if (this.#isClosing) return;
    if (known) this.#welcome(known);
    else this.#refuse('unauthenticated', unauthenticated('the session has ended or never was'));
  }

  #welcome(known: Known): void {
    const { principal } = known;
    clearTimeout(this.#timer);
    this.#principal = principal;
    const why = this.#parts.admit(known);
    if (why) return this.#refuse('forbidden', why);
    this.#subscriptions = new Subscriptions(this.#parts.channels, {
      userId: principal.userId,
      outbox: this.#outbox,
      mostWaiting: this.#parts.limits.waitingFrames,
      onTooSlow: (reason) => this.close(tooSlow(reason)),
      onFailure: (error) => this.#fail(error),
    });
    this.#outbox.send({ type: 'authenticated', userId: principal.userId } satisfies StreamFrame);
    this.#timer = setInterval(() => this.#ping(), this.#parts.limits.pingEveryMs);
  }

  #ping(): void {
    if (!this.#isAlive) return this.close({ code: CLOSE_CODES.noPong, text: 'no pong came' });
    this.#isAlive = false;
    this.#parts.socket.ping();
  }

  #refuseFrame(wrong: string): void {
    this.#refuse('invalid-request', { code: CLOSE_CODES.badFrame, text: wrong });
  }

  #refuse(code: string, why: CloseReason): void {
    this.#sendError(code, why.text);
    this.close(why);
  }

  #sendError(code: string, detail: string): void {
    this.#outbox.send({ type: 'error', code, detail } satisfies StreamFrame);
  }

  #fail(error: unknown): void {
    if (this.#isClosing) return;
    this.#parts.log.warn(
      { err: error, userId: this.#principal?.userId },
      'a socket could not be served and was closed',
    );
    this.close({ code: CLOSE_CODES.failed, text: 'something went wrong on our side; connect again' });
  }

  #end(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    clearTimeout(this.#timer);
    this.#subscriptions?.endAll();
    this.#outbox.close();
    this.#parts.onEnd();
  }
}

function isNamed(frame: ClientFrame): frame is Extract<ClientFrame, { type: 'subscribe' | 'unsubscribe' }> {
  return frame.type === 'subscribe' || frame.type === 'unsubscribe';
}
