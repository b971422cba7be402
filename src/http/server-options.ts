/** The limits of the HTTP server, each with its reason, and how bodies are read. */

import { randomUUIDv7 } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { LogController } from 'fastify';
import type { FastifyBaseLogger, FastifyHttpOptions, FastifyInstance, RawServerDefault } from 'fastify';
import { InvariantError } from '../core/shared/assert.ts';
import { parseJson } from './duplicate-keys.ts';
import { Problem } from '../core/shared/problem.ts';
import { BODY_BYTES } from './body-limits.ts';
import { problemDocument, PROBLEM_MEDIA_TYPE, sendProblem } from './problems.ts';
import { RequestLog } from './request-log.ts';
import { SOCKET_PATH } from './route.ts';
import type { App } from './route.ts';

/** Headers come at once; sending them slowly is an attack that keeps connections busy. */
export const HEADERS_TIMEOUT_MS = 15_000;
/** A whole request, with a file of prices over a slow line. */
const REQUEST_TIMEOUT_MS = 120_000;
/** Longer than the minute after which proxies close an idle connection, so that the proxy closes it first. */
const KEEP_ALIVE_MS = 72_000;
/** The longest parameters are ids and names of instruments. */
const PARAMETER_LENGTH = 128;

/** Returns the server's options. */
export function serverOptions(log: FastifyBaseLogger, trustedProxies: readonly string[]) {
  return {
    loggerInstance: log,
    childLoggerFactory: (parent, bindings, options) => new RequestLog(parent, bindings, options),
    http: { shouldUpgradeCallback: isForSocket },
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    schemaController: { compilersFactory: { buildValidator: refuseToBuild, buildSerializer: refuseToBuild } },
    routerOptions: { maxParamLength: PARAMETER_LENGTH },
    // Without a list, what a sender says about its address is not believed.
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    // A body that would reach into the prototypes of our objects is an attack and not a mistake.
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    // An id from outside could be made to look like another request's in the log.
    requestIdHeader: false,
    genReqId: () => randomUUIDv7(),
    exposeHeadRoutes: false,
    // Lines for each request are written by us, at a level that is usually off.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    forceCloseConnections: 'idle',
    // While it closes, requests meet the same hooks as ever, and those answer with a problem.
    return503OnClosing: false,
    // An address that cannot be read meets no hook, so this answer is marked here.
    frameworkErrors: (error, request, reply) =>
      void sendProblem(error, request, reply.header('x-request-id', request.id)),
    clientErrorHandler: refuseBrokenRequest,
  } satisfies FastifyHttpOptions<RawServerDefault>;
}

/** `createApp` sets both compilers. Without builders Fastify would load its own, which nothing uses. */
function refuseToBuild(): never {
  throw new InvariantError('createApp sets the compilers of schemas');
}

/**
 * Elsewhere a request for another protocol is ignored, as HTTP allows: some clients send `Upgrade: h2c` with every request.
 * So is one behind a request that is still being answered: an upgrade takes the socket at once, out of turn, and the
 * connection would then belong to neither side and stay open.
 */
function isForSocket({ url = '', socket }: IncomingMessage & { socket: BusySocket }): boolean {
  return url.split('?', 1)[0] === SOCKET_PATH && !socket._httpMessage;
}

/** What Node notes about a socket; it has no public name. */
interface BusySocket {
  /** The answer that is being written. */
  readonly _httpMessage?: unknown;
}

/** Takes JSON and nothing else; an empty body is no body. */
export function limitJson(app: App): void {
  app.removeAllContentTypeParsers();
  const parse = parseJson(app);
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Many clients send the header with every request. Routes that need a body find that there is none.
    if (body.length === 0) done(null, undefined);
    else void parse(request, String(body), done);
  });
}

/** What is not HTTP has no route and no reply; the socket gets its problem and is closed. */
function refuseBrokenRequest(this: FastifyInstance, error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const status = STATUS_BY_CODE[error.code ?? ''] ?? '400 Bad Request';
  const problem = new Problem('invalid-request', 'The request is not HTTP that can be understood.');
  const body = JSON.stringify(problemDocument(problem, '', randomUUIDv7()));
  if (!socket.writable) return void socket.destroy();
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: ${PROBLEM_MEDIA_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

const STATUS_BY_CODE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};
