/** The sockets of the server: how many may be open, which users they serve, and how they are closed. */

import { networkOf } from '../http/client.ts';
import { Periodic } from '../process/periodic.ts';
import { ADDRESS_BLOCKED, closeSocket, SESSION_ENDED, RESTARTING, tooSlow } from './close-reason.ts';
import { createFrameReader } from './parse-frame.ts';
import { Subscriber } from './subscriber.ts';
import { Subscribers } from './subscribers.ts';
import type { AddressBlocks, Principal, Tokens } from '../http/principal.ts';
import type { Channel, ChannelFrames } from './channel.ts';
import type { FrameReader } from './parse-frame.ts';
import type { Arrival, Known, SubscriberLimits, SubscriberParts } from './subscriber.ts';

/** How long sockets have to answer to their close at the end. */
const DRAIN_MS = 2_000;

/** The limits on sockets. */
export interface StreamLimits extends SubscriberLimits {
  /** How often all sockets are compared with what has ended and what is blocked, wherever that was decided. */
  readonly recheckEveryMs: number;
  /** Of all people, known or not: each costs memory. */
  readonly sockets: number;
  /** Of those that are not authenticated yet: what invented clients hold is not taken from people with a cookie. */
  readonly anonymousSockets: number;
  /** The same, from one address or IPv6 network: more than the programs of a company that connect again at once. */
  readonly anonymousSocketsOfAddress: number;
}

export const STREAM_LIMITS: StreamLimits = {
  authenticateWithinMs: 5_000,
  // Shorter than the half minute after which home routers drop idle connections.
  pingEveryMs: 25_000,
  // Half of the second within which what one copy of the server decides must hold at all. It takes two statements, however many sockets there are.
  recheckEveryMs: 500,
  highWaterBytes: 256 * 1024,
  waitingBytes: 256 * 1024,
  waitingFrames: 10_000,
  sockets: 5_000,
  anonymousSockets: 2_500,
  anonymousSocketsOfAddress: 100,
};

/** A socket, the connection that it was opened on, and where from; undefined when its connection is gone already. */
type OpenedSocket = Pick<SubscriberParts, 'socket' | 'connection' | 'address'>;

/** Whose token it is, and whether it still opens something. */
interface LiveCredentials extends Pick<Tokens, 'authenticate'> {
  /** Returns those whose session or key still opens something, with the same token. */
  liveAmong(principals: readonly Principal[]): Promise<ReadonlySet<Principal>>;
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
  /** A person has a few screens and programs; a program that connects in a loop is stopped there. */
  readonly socketsPerPerson: () => Promise<number>;
  readonly limits?: StreamLimits;
}

/** Serves sockets until they close. `registerSocketRoute` opens them. */
export class StreamGateway {
  readonly #dependencies: GatewayDependencies;
  readonly #limits: StreamLimits;
  readonly #readFrame: FrameReader;
  readonly #subscribers: Subscribers;
  readonly #leave: readonly (() => void)[];
  readonly #rechecking: Periodic;
  #isClosing = false;

  constructor(dependencies: GatewayDependencies) {
    const { credentials, blockedIps, limits = STREAM_LIMITS } = dependencies;
    this.#dependencies = dependencies;
    this.#limits = limits;
    this.#readFrame = createFrameReader(this.channelFrames);
    this.#subscribers = new Subscribers();
    this.#leave = [
      credentials.onEnded((credentialId) => this.#subscribers.end(credentialId)),
      blockedIps.onBlocked(() => this.#rechecking.wake()),
    ];
    this.#rechecking = new Periodic({
      everyMs: limits.recheckEveryMs,
      work: () => this.#recheckAll(),
      // The database does not answer: those who are there stay, and are checked again after the pause.
      onFailure: () => undefined,
    });
    this.#rechecking.start();
  }

  /** The schemas of the channels' frames. */
  get channelFrames(): readonly ChannelFrames[] {
    return this.#dependencies.channels.map(({ frames }) => frames);
  }

  /** How many sockets are served. */
  get size(): number {
    return this.#subscribers.size;
  }

  /** How many sockets from a network, as `networkOf` names it, are not authenticated yet. */
  anonymousOf(network: string): number {
    return this.#subscribers.anonymousOf(network);
  }

  /** Returns why no socket may be opened from an address by someone who is known or not yet, if none may. */
  refusal(address: string | undefined, isKnown: boolean): string | undefined {
    if (this.size >= this.#limits.sockets) return 'Too many sockets are open.';
    if (isKnown) return undefined;
    if (this.#subscribers.anonymous >= this.#limits.anonymousSockets)
      return 'Too many sockets wait for their authentication.';
    return this.anonymousOf(networkOf(address ?? '')) >= this.#limits.anonymousSocketsOfAddress
      ? 'Too many sockets from this address wait for their authentication.'
      : undefined;
  }

  /** Whether the sockets are being closed; none may be opened any more. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Returns who a principal is, with what they may have now. */
  async known(principal: Principal | undefined): Promise<Known | undefined> {
    return principal && { principal, mostSockets: await this.#dependencies.socketsPerPerson() };
  }

  /** Serves a socket that has been opened from an address. */
  serve({ socket, connection, address }: OpenedSocket, arrival: Arrival): void {
    const { credentials, channels, log } = this.#dependencies;
    // Others may have been opened since the request was let in.
    const refusal = this.refusal(address, arrival.known !== undefined);
    if (refusal !== undefined) return closeSocket(socket, tooSlow(refusal));
    const subscriber = new Subscriber({
      socket,
      connection,
      log,
      channels,
      limits: this.#limits,
      address,
      readFrame: this.#readFrame,
      authenticate: async (token) => this.known(await credentials.authenticate(token, address)),
      admit: (known) => this.#subscribers.admit(subscriber, known),
      onEnd: () => this.#subscribers.release(subscriber),
    });
    this.#subscribers.add(subscriber, networkOf(address ?? ''));
    subscriber.start(arrival);
  }

  /** Closes every socket with a code that says to connect again. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const leave of this.#leave) leave();
    await this.#rechecking.stop();
    await this.#subscribers.closeAll(RESTARTING, DRAIN_MS);
  }

  /** Closes the sockets of addresses that are blocked by now, and of sessions and keys that have ended. */
  async #recheckAll(): Promise<void> {
    const { credentials, blockedIps } = this.#dependencies;
    const served = this.#subscribers.served;
    for (const subscriber of served) {
      const { address } = subscriber;
      if (address !== undefined && (await blockedIps.isBlocked(address))) subscriber.close(ADDRESS_BLOCKED);
    }
    // One that becomes known meanwhile is looked up by that.
    const known = served.flatMap((subscriber) =>
      subscriber.principal ? [{ subscriber, principal: subscriber.principal }] : [],
    );
    const live = await credentials.liveAmong(known.map(({ principal }) => principal));
    for (const { subscriber, principal } of known) {
      if (!live.has(principal)) subscriber.close(SESSION_ENDED);
    }
  }
}
