/** A person's way to a running server: JSON over HTTP, with the problem document as an error when the answer is another. */
import { randomUUID } from 'node:crypto';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import type { ProblemDocument } from '../../src/http/problems.ts';

const PASSWORD = 'a long enough secret';
/** A server that does not answer must fail the test and not hang it. */
const ANSWER_DEADLINE_MS = 60_000;

/** What to send besides method and path. */
export interface CallOptions {
  readonly body?: unknown;
  /** Text of another type than JSON, such as a price file. */
  readonly csv?: string;
  readonly idempotencyKey?: string;
}

/** An answer that is a problem, as an error. */
export class ProblemError extends Error {
  readonly status: number;
  readonly problem: ProblemDocument;

  constructor(call: string, status: number, problem: ProblemDocument) {
    super(`${call} was answered ${status}: ${JSON.stringify(problem)}`);
    this.status = status;
    this.problem = problem;
  }
}

/** One person at one server. The token outlives the server's process: `at` makes the same person a client of the next one. */
export class ApiClient {
  readonly #address: string;
  /** What its requests prove themselves with; undefined before a sign-in. */
  readonly token: string | undefined;

  constructor(address: string, token?: string) {
    this.#address = address;
    this.token = token;
  }

  /** Signs a new trader up and in. */
  static async signUp(address: string): Promise<ApiClient> {
    const anonymous = new ApiClient(address);
    const username = `u${randomUUID().slice(0, 12)}`;
    const person = { email: `${username}@example.org`, password: PASSWORD };
    await anonymous.post('/auth/register', { body: { ...person, username } });
    const { token } = await anonymous.post<{ token: string }>('/auth/login', { body: person });
    return new ApiClient(address, token);
  }

  /** The same person at another address. */
  at(address: string): ApiClient {
    return new ApiClient(address, this.token);
  }

  get<Answer>(path: string): Promise<Answer> {
    return this.#call('GET', path, {});
  }

  post<Answer>(path: string, options: CallOptions = {}): Promise<Answer> {
    return this.#call('POST', path, options);
  }

  patch<Answer>(path: string, options: CallOptions): Promise<Answer> {
    return this.#call('PATCH', path, options);
  }

  /** Every item of a list, page after page. */
  async all<Item>(path: string): Promise<Item[]> {
    const items: Item[] = [];
    const page = `${path}${path.includes('?') ? '&' : '?'}limit=500`;
    for (let cursor: string | null = ''; cursor !== null;) {
      const suffix = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const answer: { items: Item[]; nextCursor: string | null } = await this.get(`${page}${suffix}`);
      items.push(...answer.items);
      cursor = answer.nextCursor;
    }
    return items;
  }

  async #call<Answer>(
    method: string,
    path: string,
    { body, csv, idempotencyKey }: CallOptions,
  ): Promise<Answer> {
    const answer = await fetch(`${this.#address}/api/v1${path}`, {
      method,
      headers: {
        ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(csv !== undefined && { 'content-type': 'text/csv' }),
      },
      body: csv ?? (body === undefined ? null : JSON.stringify(body)),
      signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
    });
    const text = await answer.text();
    const json = text === '' ? undefined : JSON.parse(text);
    if (!answer.ok) throw new ProblemError(`${method} ${path}`, answer.status, json);
    return json;
  }
}

/** Lets the time pass after which another process may continue a request that was cut off. */
export async function endLeases(databaseUrl: string): Promise<void> {
  const connection = openPlainConnection(databaseUrl);
  await connection.query(
    `update idempotency_keys set updated_at = updated_at - interval '2 minutes' where status is null`,
  );
  await connection.close();
}
