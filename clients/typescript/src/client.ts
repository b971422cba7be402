/** The operations of a server as functions, with the types of its OpenAPI document. */

import { ProblemError } from './problem-error.ts';
import { OPERATIONS } from './types.ts';
import type { Operations, Problem } from './types.ts';

/** Where the server is, and who asks. */
export interface ClientOptions {
  /** Such as `http://127.0.0.1:8000`. */
  readonly address: string;
  /** An API key, or the token of a sign-in. */
  readonly token?: string;
  /** How often a request is sent again whose answer did not come, or that came too early (503, or 429); 3 when left out. */
  readonly retries?: number;
  /** How long one answer may take; 60,000 ms when left out. */
  readonly timeoutMs?: number;
}

type Request<Name extends keyof Operations> = Operations[Name]['request'] & {
  /** The same for a request that is repeated after a restart of the program; a random one when left out. */
  readonly idempotencyKey?: string;
};

type Arguments<Name extends keyof Operations> = object extends Operations[Name]['request']
  ? [request?: Request<Name>]
  : [request: Request<Name>];

/** A function for each operation. */
export type Client = {
  readonly [Name in keyof Operations]: (...request: Arguments<Name>) => Promise<Operations[Name]['answer']>;
};

interface AnyRequest {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly ifMatch?: string | undefined;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly isIdempotent: boolean;
  readonly fileType?: string;
}

const RETRIES = 3;
const TIMEOUT_MS = 60_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
/** For so long a request may be worked on whose answer was lost: a server that died leaves its work to another one after a minute. */
const LONGEST_WORK_MS = 120_000;

/** Returns the operations of a server. What is no success is thrown as a {@link ProblemError}. */
export function connect(options: ClientOptions): Client {
  const functions = Object.entries(OPERATIONS).map(([name, operation]) => [
    name,
    (request: AnyRequest = {}) => perform(options, operation, request),
  ]);
  return Object.fromEntries(functions) as Client;
}

async function perform(options: ClientOptions, operation: Operation, request: AnyRequest): Promise<unknown> {
  const url = new URL(filled(operation.path, request.path ?? {}), options.address);
  for (const [name, value] of Object.entries(request.query ?? {}))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined) url.searchParams.append(name, String(one));
  const { body } = request;
  const headers: Record<string, string> = { accept: 'application/json' };
  if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`;
  const contentType = contentTypeOf(body, operation);
  if (contentType !== undefined) headers['content-type'] = contentType;
  if (operation.isIdempotent) headers['idempotency-key'] = request.idempotencyKey ?? crypto.randomUUID();
  if (request.ifMatch !== undefined) headers['if-match'] = request.ifMatch;
  const sent = {
    method: operation.method,
    headers,
    ...(body !== undefined && { body: isFile(body) ? body : JSON.stringify(body) }),
  };
  // Whatever else is sent twice might be done twice, or be refused because it was done: what it changed has another version then.
  const isSameTwice = ['GET', 'PUT', 'DELETE'].includes(operation.method) && request.ifMatch === undefined;
  const isRepeatable = operation.isIdempotent || isSameTwice;
  return valueOf(await answerTo(url, sent, isRepeatable ? (options.retries ?? RETRIES) : 0, options));
}

function isFile(body: unknown): body is Blob | FormData {
  return body instanceof Blob || body instanceof FormData;
}

/** A form has a type of its own, with its boundary; so may a file. */
function contentTypeOf(body: unknown, { fileType }: Operation): string | undefined {
  if (body === undefined || body instanceof FormData) return undefined;
  if (!(body instanceof Blob)) return 'application/json';
  return body.type === '' ? fileType : body.type;
}

function filled(path: string, values: Readonly<Record<string, unknown>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(String(values[name])));
}

/** An answer that arrived whole. */
interface Answer {
  readonly head: Response;
  readonly text: string;
}

async function answerTo(
  url: URL,
  sent: RequestInit,
  retries: number,
  options: ClientOptions,
): Promise<Answer> {
  const waitsUntil = Date.now() + LONGEST_WORK_MS;
  for (let attempt = 0; ;) {
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);
    try {
      const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
      const head = await fetch(url, { ...sent, signal });
      const text = await head.text();
      const isWaiting = retries > 0 && isInProgress(head, text) && Date.now() < waitsUntil;
      if (!isWaiting && (attempt >= retries || !isTooEarly(head))) return { head, text };
      if (!isWaiting) attempt += 1;
      const seconds = Number(head.headers.get('retry-after') ?? 0);
      await pause(Math.min(Math.max(seconds * 1_000, pauseMs), LONGEST_PAUSE_MS));
    } catch (error) {
      if (attempt >= retries) throw error;
      attempt += 1;
      await pause(pauseMs);
    }
  }
}

function isTooEarly({ status }: Response): boolean {
  return status === 429 || status === 503;
}

/** The same request came before, under the same key, and has no answer yet: its outcome is known later. */
function isInProgress({ status }: Response, text: string): boolean {
  return status === 409 && text.includes('"request-in-progress"');
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function valueOf({ head, text }: Answer): unknown {
  const isJson = /json/.test(head.headers.get('content-type') ?? '');
  if (head.ok) return isJson ? tagged(JSON.parse(text), head.headers.get('etag')) : undefined;
  if (isJson) throw new ProblemError(JSON.parse(text) as Problem);
  throw new Error(`${head.url} was answered ${head.status}: ${text.slice(0, 200)}`);
}

const etags = new WeakMap<object, string>();

function tagged(answer: unknown, etag: string | null): unknown {
  if (etag !== null && typeof answer === 'object' && answer !== null) etags.set(answer, etag);
  return answer;
}

/** Returns the version of an answer, for the `ifMatch` of its change; undefined for what cannot be changed under a condition. */
export function etagOf(answer: object): string | undefined {
  return etags.get(answer);
}
