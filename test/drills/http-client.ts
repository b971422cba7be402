/** One person's requests over connections that are kept, with the time each took and which version answered. */
import { Agent, request as openRequest } from 'node:http';

const ANSWER_WITHIN_MS = 40_000;

/** A request to make. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

/** The answer. `status` 0 is no answer; `text` then says why. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly servedBy: string;
  readonly durationMs: number;
}

export class HttpClient {
  readonly #address: string;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #headers: Readonly<Record<string, string>>;

  /** `from` is the address that the proxy says the requests come from: limits are counted by it. */
  constructor(address: string, from: string, token?: string) {
    this.#address = address;
    this.#headers = {
      'x-forwarded-for': from,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
  }

  /** Makes a request; resolves whatever becomes of it. */
  send({ method, path, body, idempotencyKey }: Call): Promise<Answer> {
    const startedAt = performance.now();
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const end = (status: number, text: string, servedBy: string): void =>
      resolve({ status, text, servedBy, durationMs: performance.now() - startedAt });
    const request = openRequest(`${this.#address}/api/v1${path}`, {
      method,
      agent: this.#agent,
      timeout: ANSWER_WITHIN_MS,
      headers: {
        ...this.#headers,
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
    });
    request.once('response', (response) => {
      const servedBy = String(response.headers['x-served-by'] ?? '');
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => end(response.statusCode ?? 0, text, servedBy));
      response.once('error', (error) => end(0, String(error), servedBy));
    });
    request.once('timeout', () => request.destroy(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)));
    request.once('error', (error) => end(0, String(error), ''));
    request.end(body === undefined ? undefined : JSON.stringify(body));
    return promise;
  }

  /** Makes a request that must succeed and returns its answer. */
  async demand<Body>(call: Call): Promise<Body> {
    const { status, text } = await this.send(call);
    if (status < 200 || status > 299)
      throw new Error(`${call.method} ${call.path} was answered ${status}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as Body;
  }

  close(): void {
    this.#agent.destroy();
  }
}

const PASSWORD = 'a long enough secret';

/** Signs a new trader up and in. */
export async function signUp(
  address: string,
  name: string,
  from: string,
): Promise<{ readonly http: HttpClient; readonly token: string }> {
  const anonymous = new HttpClient(address, from);
  const person = { email: `${name}@example.org`, password: PASSWORD };
  await anonymous.demand({ method: 'POST', path: '/auth/register', body: { ...person, username: name } });
  const { token } = await anonymous.demand<{ token: string }>({
    method: 'POST',
    path: '/auth/login',
    body: person,
  });
  anonymous.close();
  return { http: new HttpClient(address, from, token), token };
}
