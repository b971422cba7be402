/** The sockets of the server: how many may be open, which users they serve, and how they are closed. */

import { SESSION_ENDED, RESTARTING } from './close-reason.ts';
import { createFrameReader } from './parse-frame.ts';
import { CLOSE_CODES } from './protocol.ts';
import { Subscriber } from './subscriber.ts';
import { Subscribers } from './subscribers.ts';
import type { WebSocket } from 'ws';
import type { AddressBlocks, Principal, Tokens } from '../http/principal.ts';
import type { Channel } from './channel.ts';
import type { CloseReason } from './close-reason.ts';
import type { FrameReader } from './parse-frame.ts';
import type { Arrival, SubscriberLimits } from './subscriber.ts';

/** How long sockets have to answer to their close at the end. */
const DRAIN_MS = 2_000;

/** The limits on sockets. */
export interface StreamLimits extends SubscriberLimits {
  /** A person has a few screens and programs; a program that connects in a loop is stopped here. */
  readonly socketsPerUser: number;
  /** Of all people, known or not: each costs memory. */
  readonly sockets: number;
}

export const STREAM_LIMITS: StreamLimits = {
  authenticateWithinMs: 5_000,
  // Shorter than the half minute after which home routers drop idle connections.
  pingEveryMs: 25_000,
  highWaterBytes: 256 * 1024,
  waitingFrames: 10_000,
  socketsPerUser: 20,
  sockets: 5_000,
};

/** Whose token it is, and whether it still opens something. */
interface LiveCredentials extends Pick<Tokens, 'authenticate'> {
  isLive(principal: Principal): Promise<boolean>;
  /** Calls `listener` with each session and API key that ends before its time, until the returned function is called. */
  onEnded(listener: (credentialId: string) => void): () => void;
}

/** Which addresses are refused, and when there is another one. */
interface LiveBlocks extends AddressBlocks {
  onBlocked(listener: () => void): () => void;
}

export interface GatewayDependencies {
  readonly log: { warn(fields: object, message: string): void };
  readonly channels: readonly Channel[];
  readonly credentials: LiveCredentials;
  readonly blockedIps: LiveBlocks;
  readonly limits?: StreamLimits;
}

/** Serves sockets until they close. `registerSocketRoute` opens them. */
export class StreamGateway {
  readonly #dependencies: GatewayDependencies;
  readonly #limits: StreamLimits;
  readonly #readFrame: FrameReader;
  readonly #subscribers: Subscribers;
  readonly #leave: readonly (() => void)[];
  #isClosing = false;

  constructor(dependencies: GatewayDependencies) {
    const { channels, credentials, blockedIps, limits = STREAM_LIMITS } = dependencies;
    this.#dependencies = dependencies;
    this.#limits = limits;
    this.#readFrame = createFrameReader(channels.map(({ frames }) => frames));
    this.#subscribers = new Subscribers(limits.socketsPerUser);
    this.#leave = [
      credentials.onEnded((credentialId) => this.#subscribers.end(credentialId)),
      blockedIps.onBlocked(() => this.#subscribers.recheckAll()),
    ];
  }

  /** How many sockets are open. */
  get size(): number {
    return this.#subscribers.size;
  }

  /** Whether no more sockets may be open. */
  get isFull(): boolean {
    return this.size >= this.#limits.sockets;
  }

  /** Whether the sockets are being closed; none may be opened any more. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Serves a socket that has been opened from an address. */
  serve(socket: WebSocket, address: string | undefined, arrival: Arrival): void {
    const { credentials, channels, log } = this.#dependencies;
    const subscriber = new Subscriber({
      socket,
      log,
      channels,
      limits: this.#limits,
      readFrame: this.#readFrame,
      authenticate: (token) => credentials.authenticate(token, address),
      admit: (principal) => this.#subscribers.admit(subscriber, principal),
      recheck: (principal) => this.#recheck(principal, address),
    });
    this.#subscribers.add(subscriber);
    subscriber.start(arrival);
  }

  /** Closes every socket with a code that says to connect again. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const leave of this.#leave) leave();
    await this.#subscribers.closeAll(RESTARTING, DRAIN_MS);
  }

  async #recheck(principal: Principal, address: string | undefined): Promise<CloseReason | undefined> {
    const { credentials, blockedIps } = this.#dependencies;
    if (address !== undefined && (await blockedIps.isBlocked(address))) {
      return { code: CLOSE_CODES.forbidden, text: 'the address was blocked' };
    }
    return (await credentials.isLive(principal)) ? undefined : SESSION_ENDED;
  }
}
