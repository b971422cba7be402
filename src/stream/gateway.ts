/** The WebSocket side of the server: lets sockets in at /ws, knows all of them, and sees them out. */

import { WebSocketServer } from 'ws';
import { isSameOrigin } from '../http/same-origin.ts';
import { createAddressReader } from './client-address.ts';
import { SESSION_ENDED } from './dismissal.ts';
import { CLOSE_CODES } from './protocol.ts';
import { QuoteFanOut } from '../prices/quote-fan-out.ts';
import { Subscriber } from './subscriber.ts';
import { Subscribers } from './subscribers.ts';
import { cookieToken, pathOf, refuseUpgrade } from './upgrade.ts';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { BlockedIps } from '../people/blocked-ips.ts';
import type { Journal } from '../journal/journal.ts';
import type { PriceHub } from '../prices/feeds/price-hub.ts';
import type { Principal } from '../http/principal.ts';
import type { Sessions } from '../people/sessions.ts';
import type { TradingViews } from '../trading/trading-views.ts';
import type { BacktestProgressSource } from '../backtests/backtests-channel.ts';
import type { Dismissal } from './dismissal.ts';
import type { SubscriberLimits } from './subscriber.ts';

const PATH = '/ws';
/** What the library reads at most; beyond it the connection ends with 1009. We refuse shorter frames than this in words. */
const PAYLOAD_BYTES = 64 * 1024;
/** How long sockets have to answer to their close at the end. */
const DRAIN_MS = 2_000;

/** How much the server puts up with. */
export interface StreamLimits extends SubscriberLimits {
  /** A person has a few screens and programs; a program that connects in a loop is stopped here. */
  readonly socketsPerUser: number;
  /** Of all people, known or not: each costs memory. */
  readonly sockets: number;
}

export const STREAM_LIMITS: StreamLimits = {
  authenticateWithinMs: 5_000,
  // Shorter than the half minute after which home routers forget quiet connections.
  pingEveryMs: 25_000,
  highWaterBytes: 256 * 1024,
  waitingFrames: 10_000,
  socketsPerUser: 20,
  sockets: 5_000,
};

/** What the gateway works with. */
export interface GatewayDependencies {
  readonly log: { warn(fields: object, message: string): void };
  readonly readiness: { readonly isReady: boolean };
  /** The address that browsers use: pages from there may use the session cookie. */
  readonly publicUrl: string;
  readonly trustedProxies: readonly string[];
  readonly sessions: Sessions;
  readonly blockedIps: BlockedIps;
  readonly journal: Journal;
  readonly hub: PriceHub;
  readonly views: TradingViews;
  readonly backtests: BacktestProgressSource;
  readonly limits?: StreamLimits;
}

/** Lets sockets in and out. */
export class StreamGateway {
  readonly #dependencies: GatewayDependencies;
  readonly #limits: StreamLimits;
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: PAYLOAD_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
  });
  readonly #quotes: QuoteFanOut;
  readonly #addressOf: (request: IncomingMessage) => string | undefined;
  readonly #subscribers: Subscribers;
  readonly #leave: readonly (() => void)[];
  #isClosing = false;

  constructor(dependencies: GatewayDependencies) {
    this.#dependencies = dependencies;
    this.#limits = dependencies.limits ?? STREAM_LIMITS;
    this.#quotes = new QuoteFanOut(dependencies.hub);
    this.#addressOf = createAddressReader(dependencies.trustedProxies);
    this.#subscribers = new Subscribers(this.#limits.socketsPerUser);
    this.#leave = [
      dependencies.sessions.onRevoked((sessionId) => this.#subscribers.endSession(sessionId)),
      dependencies.blockedIps.onBlocked(() => this.#subscribers.recheckAll()),
    ];
  }

  /** How many sockets are open. */
  get size(): number {
    return this.#subscribers.size;
  }

  /** Takes the upgrade requests of an HTTP server. */
  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => {
      // Until it is a WebSocket, nobody else hears of a connection that breaks.
      const onError = (): void => void socket.destroy();
      socket.on('error', onError);
      this.#letIn(request, socket, head).then(
        () => socket.off('error', onError),
        (error: unknown) => {
          this.#dependencies.log.warn({ err: error }, 'a socket could not be let in');
          refuseUpgrade(socket, 'database-unavailable', 'It could not be found out who you are.');
        },
      );
    });
  }

  /** Sees everybody out with a code that says to come again, and lets nobody in. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const leave of this.#leave) leave();
    await this.#subscribers.closeAll(
      { code: CLOSE_CODES.restarting, reason: 'the server is stopping; connect again' },
      DRAIN_MS,
    );
    this.#webSockets.close();
  }

  async #letIn(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { readiness, blockedIps, sessions, publicUrl } = this.#dependencies;
    if (pathOf(request) !== PATH) return refuseUpgrade(socket, 'not-found', `WebSockets are at ${PATH}.`);
    if (this.#isClosing) return refuseUpgrade(socket, 'shutting-down', 'The server is stopping.');
    if (!readiness.isReady) return refuseUpgrade(socket, 'not-ready', 'The server is starting.');
    if (this.size >= this.#limits.sockets)
      return refuseUpgrade(socket, 'too-many-requests', 'Too many sockets are open.');
    const address = this.#addressOf(request);
    if (address !== undefined && (await blockedIps.isBlocked(address))) {
      return refuseUpgrade(socket, 'forbidden', 'This address is blocked.');
    }
    const token = cookieToken(request);
    if (token !== undefined && !isSameOrigin(request.headers, publicUrl)) {
      return refuseUpgrade(
        socket,
        'forbidden',
        'With the cookie, sockets must come from a page of this server.',
      );
    }
    const principal = token === undefined ? undefined : await sessions.authenticate(token);
    if (this.#isClosing) return refuseUpgrade(socket, 'shutting-down', 'The server is stopping.');
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.#serve(webSocket, address).start({ principal, hasDeadCookie: token !== undefined && !principal });
    });
  }

  #serve(socket: WebSocket, address: string | undefined): Subscriber {
    const { sessions, journal, views, backtests, log } = this.#dependencies;
    const subscriber = new Subscriber({
      socket,
      log,
      limits: this.#limits,
      sources: { journal, views, quotes: this.#quotes, backtests },
      authenticate: (token) => sessions.authenticate(token),
      admit: (principal) => this.#subscribers.admit(subscriber, principal),
      recheck: (principal) => this.#recheck(principal, address),
    });
    this.#subscribers.add(subscriber);
    return subscriber;
  }

  async #recheck({ sessionId }: Principal, address: string | undefined): Promise<Dismissal | undefined> {
    const { sessions, blockedIps } = this.#dependencies;
    if (address !== undefined && (await blockedIps.isBlocked(address))) {
      return { code: CLOSE_CODES.forbidden, reason: 'the address was blocked' };
    }
    return (await sessions.check(sessionId)) ? undefined : SESSION_ENDED;
  }
}
