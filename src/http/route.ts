/** What a route is here: the app with its types, how routes are added, and what a route may say about itself. */

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ProblemName } from '../core/shared/problem.ts';
import type { RequestCost } from './request-costs.ts';
import type { Principal } from './principal.ts';

/** The HTTP server, with request and response types taken from the schemas of its routes. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** Where the API is. */
export const API_PREFIX = '/api/v1';

/** Where people read the API's description. */
export const READER_PATH = '/api/docs';

/** Where WebSockets are opened. */
export const SOCKET_PATH = '/ws';

const READING_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether requests of a method change nothing. */
export function isReading(method: string): boolean {
  return READING_METHODS.has(method);
}

/** Adds routes; their paths are relative to `/api/v1`. */
export type RouteRegistrar = (app: App) => void;

/** Who may use a route: everyone, signed-in users, or administrators. */
export type Access = 'public' | 'user' | 'admin';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sends the request; null on public routes, except where a socket counts for someone. Handlers read it with `principalOf`. */
    principal: Principal | null;
    /** The id of what the request makes, the same whenever it is repeated under its Idempotency-Key. Idempotent routes only. */
    reservedId: string;
    /** Whether `reservedId` was made for this request: no earlier attempt can have made anything under it. */
    isFirstAttempt: boolean;
    /**
     * Reads a page of a download, which is read while it is sent: resolves when it may be sent, undefined when there is none any more. The page
     * before had so many rows. Routes for people only.
     */
    readPage: <Page>(read: () => Promise<Page | undefined>, rowsBefore: number) => Promise<Page | undefined>;
  }

  interface FastifyContextConfig {
    /** Every route says it; one that does not stops the start. */
    access?: Access;
    /** The route is for probes: answered while the server starts, without limits, and never refused by address. */
    isProbe?: boolean;
    /** The route makes something: it honours `Idempotency-Key` and has a `reservedId`. */
    isIdempotent?: boolean;
    /** It takes a file besides the bodies of its schema. */
    takesFile?: boolean;
    /** The body may be left out, and is empty then. */
    isBodyOptional?: boolean;
    /** Its 202 is no last word: a repetition runs the route again under the same id, and answers with what became of it by then. */
    is202Provisional?: boolean;
    /** Its answer has a secret and is not kept: a repetition runs the route again under the same id, and answers with another secret in its place. */
    showsSecret?: boolean;
    /** An API key does not do: what the route changes is how a person signs in, or what they may. Otherwise who finds a key could outlast it. */
    needsSession?: boolean;
    /** Someone who has to add a second factor first may use it all the same: it is on the way to one. */
    isForAddingFactor?: boolean;
    /** It changes nothing worth an entry of the journal. */
    leavesNoEntry?: boolean;
    /**
     * Which fields of the thing it changes, for the journal, which has them before and after. Left out, they are those of the body of a PATCH or
     * PUT, and else all that are different.
     */
    changes?: readonly string[];
    /** Reads the thing that it changes, by the last id of its path, where no GET of that path shows it. */
    thingOf?: (id: string, userId: string) => Promise<unknown>;
    /** It describes the API, which may be for people who are signed in alone. */
    isDescription?: boolean;
    /** The fields that make the version of what is answered: those that can be changed. It has an `ETag`, and its changes take `If-Match`. */
    versionOf?: readonly string[];
    /** How much of the sender's minute a request takes; `usual` when left out, and `page` for lists. */
    cost?: RequestCost;
    /** The problems that this route answers with besides those that its kind of route always may. */
    problems?: readonly ProblemName[];
  }
}
