/** Every failure as one problem document (RFC 9457), and nothing in it that the sender may not know. */

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { Problem, PROBLEM_TYPES } from '../core/shared/problem.ts';
import { isDatabaseUnavailable, isReadTooSlow } from '../persistence/database-failure.ts';
import type { FieldError, ProblemName } from '../core/shared/problem.ts';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** A problem document as it goes out. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly errors?: readonly FieldError[];
  /** What else helps to understand it, such as the limit that was exceeded. */
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly requestId: string;
}

/** What the framework refuses by itself, by its code. */
const PROBLEMS_BY_CODE: Readonly<Record<string, [ProblemName, string]>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: [
    'invalid-json',
    'The body is not valid JSON, or has a field that no body may have, such as "__proto__".',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid-json', 'The body is empty, a JSON document was expected.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'The body must be sent as application/json.'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['payload-too-large', 'The body is larger than this address takes.'],
  FST_REQ_FILE_TOO_LARGE: ['payload-too-large', 'The file is larger than this address takes.'],
};

/** What the framework or a plugin refuses with a status of its own. */
const PROBLEMS_BY_STATUS: Readonly<Record<number, ProblemName>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  409: 'conflict',
  413: 'payload-too-large',
  415: 'unsupported-media-type',
  429: 'too-many-requests',
};

/** Answers a request that failed with its problem, and writes to the log what only we may know. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error, request.method);
  logProblem(problem, request);
  const { status } = PROBLEM_TYPES[problem.type];
  const { retryAfterSeconds } = problem.facts;
  if (retryAfterSeconds !== undefined)
    void reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfterSeconds))));
  if (status === 401) void reply.header('www-authenticate', 'Bearer');
  // A shared cache must never keep one person's problem, whatever the route said about its answers.
  void reply.code(status).header('cache-control', 'no-store').type(PROBLEM_MEDIA_TYPE);
  // Text, because each kind of answer would otherwise be serialized by the schema of the route's success.
  return reply.send(JSON.stringify(problemDocument(problem, request.url, request.id)));
}

/** What a request about several things says of one that failed; `url` is where a request about that one alone would have gone. */
export function itemProblem(
  error: unknown,
  request: FastifyRequest,
  url: string,
): { readonly status: number; readonly problem: ProblemDocument } {
  const problem = toProblem(error, request.method);
  logProblem(problem, request);
  const document = problemDocument(problem, url, request.id);
  return { status: document.status, problem: document };
}

/** Returns the document for a problem met by the request with this path and id. */
export function problemDocument(problem: Problem, url: string, requestId: string): ProblemDocument {
  const { status, title } = PROBLEM_TYPES[problem.type];
  const { code, errors, retryAfterSeconds: _sentAsHeader, ...facts } = problem.facts;
  const [instance = url] = url.split('?', 1);
  return {
    type: `/problems/${problem.type}`,
    title,
    status,
    detail: problem.message,
    instance,
    code: code ?? problem.type,
    ...(errors && { errors }),
    ...(Object.keys(facts).length > 0 && { facts }),
    requestId,
  };
}

/** Returns the failure as one of the catalogue. What is not known there is our own mistake, and its text stays here. */
function toProblem(error: unknown, method: string): Problem {
  if (error instanceof Problem) return error;
  if (isFrameworkError(error)) return refusedByFramework(error);
  if (method === 'GET' && isReadTooSlow(error)) {
    return new Problem(
      'read-too-slow',
      'There is too much to read, or too many read at once.',
      { retryAfterSeconds: 5 },
      { cause: error },
    );
  }
  if (isDatabaseUnavailable(error)) {
    return new Problem(
      'database-unavailable',
      'The database does not answer.',
      { retryAfterSeconds: 2 },
      { cause: error },
    );
  }
  return new Problem(
    'internal-error',
    'Something went wrong on our side; it was written to the log.',
    {},
    { cause: error },
  );
}

function refusedByFramework(error: FastifyError): Problem {
  const [type, detail] = PROBLEMS_BY_CODE[error.code] ?? [];
  if (type !== undefined) return new Problem(type, detail ?? '', {}, { cause: error });
  return new Problem(
    PROBLEMS_BY_STATUS[error.statusCode ?? 500] ?? 'invalid-request',
    error.message,
    {},
    { cause: error },
  );
}

/**
 * An unknown failure is an error, and a known one of ours a warning. Mistakes of clients and what we refuse on purpose, such as requests before the
 * server is ready, are logged at debug level.
 */
function logProblem(problem: Problem, request: FastifyRequest): void {
  const fields = {
    problem: problem.type,
    method: request.method,
    path: request.url.split('?', 1)[0],
    userId: request.principal?.userId,
  };
  if (problem.type === 'internal-error')
    request.log.error({ ...fields, err: problem.cause ?? problem }, 'request failed');
  else if (PROBLEM_TYPES[problem.type].status >= 500 && problem.cause !== undefined)
    request.log.warn({ ...fields, err: problem }, 'request refused');
  else request.log.debug({ ...fields, detail: problem.message }, 'request refused');
}

/** Only the framework's own errors: those of other libraries have statuses too, which are not ours to pass on. */
function isFrameworkError(error: unknown): error is FastifyError {
  if (!(error instanceof Error && 'code' in error && 'statusCode' in error)) return false;
  const { code, statusCode } = error;
  return (
    typeof code === 'string' && code.startsWith('FST_') && typeof statusCode === 'number' && statusCode < 500
  );
}
