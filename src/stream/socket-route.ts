/** The way to a socket: a route like any other, so that one reader of address, cookie, origin and blocks serves both. */

import websocket from '@fastify/websocket';
import { Problem } from '../core/shared/problem.ts';
import { addressOf, cookieToken } from '../http/client.ts';
import { SOCKET_PATH } from '../http/route.ts';
import { isSameOrigin } from '../http/same-origin.ts';
import { ASYNC_API_PATH, asyncApiOf } from './async-api.ts';
import { assertHandshake, refuseOtherThanSocket } from './handshake.ts';
import type { FastifyRequest } from 'fastify';
import type { App } from '../http/route.ts';
import type { Tokens } from '../http/principal.ts';
import type { Known } from './subscriber.ts';
import type { StreamGateway } from './gateway.ts';

/** What the library reads at most; beyond it the connection ends with 1009. We refuse shorter frames than this with a message. */
const PAYLOAD_BYTES = 64 * 1024;
/** How long a client has to answer to its close; then the connection ends. Its place is free before. */
const CLOSE_WITHIN_MS = 2_000;
/** A constant, because the library's types lack `closeTimeout` and refuse it in a literal. */
const SOCKET_OPTIONS = {
  maxPayload: PAYLOAD_BYTES,
  perMessageDeflate: false,
  clientTracking: false,
  closeTimeout: CLOSE_WITHIN_MS,
};
/** Most stops are over, and most sockets closed, within seconds. */
const RETRY_SECONDS = 2;

export interface SocketRouteDependencies {
  readonly gateway: StreamGateway;
  readonly credentials: Pick<Tokens, 'authenticate'>;
  /** The address that browsers use: pages from there may use the session cookie. */
  readonly publicUrl: string;
  /** The server's version, for the description. */
  readonly version: string;
}

/** Adds `/ws` and its description. When the app closes, it closes the gateway first. */
export async function registerSocketRoute(app: App, deps: SocketRouteDependencies): Promise<void> {
  const { gateway } = deps;
  describeStream(app, deps);
  const knownByRequest = new WeakMap<FastifyRequest, Known>();
  // In a scope of its own, because the plugin's hooks would otherwise run for every request of the API.
  await app.register(async (scope: App) => {
    await scope.register(websocket, {
      options: SOCKET_OPTIONS,
      // A broken connection closes by itself, and so does one that breaks the WebSocket protocol.
      errorHandler: (error, _socket, request) => request.log.debug({ err: error }, 'a socket broke'),
      preClose: () => gateway.close(),
    });
    endRefusedConnections(scope);
    scope.route({
      method: 'GET',
      url: SOCKET_PATH,
      // Who is there is known when the socket is open: by the cookie, or by its first frame.
      config: { access: 'public', cost: 'socket' },
      schema: { hide: true },
      onRequest: async (request, reply) => {
        refuseWhileFull(gateway, request, cookieToken(request) !== undefined);
        const known = await gateway.known(await identify(request, deps));
        if (known) knownByRequest.set(request, known);
        refuseWhileFull(gateway, request, known !== undefined);
        if (request.ws) assertHandshake(request, reply);
      },
      handler: refuseOtherThanSocket,
      wsHandler: (socket, request) =>
        gateway.serve(
          { socket, connection: request.raw.socket, address: addressOf(request) },
          {
            known: knownByRequest.get(request),
            hasDeadCookie: cookieToken(request) !== undefined && !knownByRequest.has(request),
          },
        ),
    });
  });
}

function describeStream(app: App, { gateway, version, publicUrl }: SocketRouteDependencies): void {
  const channels = gateway.channelFrames;
  let description: ReturnType<typeof asyncApiOf> | undefined;
  app.get(
    ASYNC_API_PATH,
    { config: { access: 'public', isDescription: true }, schema: { hide: true } },
    () => (description ??= asyncApiOf({ version, publicUrl, channels })),
  );
}

/**
 * The HTTP server no longer handles a request for an upgrade: no time limit and no other request would ever end its connection.
 * The plugin ends only those that get as far as its own hooks, which are behind those of the app.
 */
function endRefusedConnections(scope: App): void {
  scope.addHook('onSend', (_request, reply, payload, done) => {
    void reply.header('connection', 'close');
    done(null, payload);
  });
  scope.addHook('onResponse', (request, _reply, done) => {
    request.raw.socket.destroySoon();
    done();
  });
}

function refuseWhileFull(gateway: StreamGateway, request: FastifyRequest, isKnown: boolean): void {
  const facts = { retryAfterSeconds: RETRY_SECONDS };
  if (gateway.isClosing) throw new Problem('shutting-down', 'The server is stopping.', facts);
  const refusal = gateway.refusal(addressOf(request), isKnown);
  if (refusal !== undefined) throw new Problem('too-many-requests', refusal, facts);
}

/** Returns who the cookie says it is. A token in the address is not looked at; one in a frame comes later. */
async function identify(request: FastifyRequest, { credentials, publicUrl }: SocketRouteDependencies) {
  const token = cookieToken(request);
  if (token === undefined) return undefined;
  if (!isSameOrigin(request.headers, publicUrl)) {
    throw new Problem('forbidden', 'With the cookie, sockets must come from a page of this server.');
  }
  return credentials.authenticate(token, addressOf(request));
}
