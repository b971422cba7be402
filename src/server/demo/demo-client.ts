/** The demo's way to the server: the same HTTP and WebSocket interfaces that every client uses. */

import Type from 'typebox';
import { Value } from 'typebox/value';
import { CHANNEL_FRAMES } from '../channels.ts';
import { parseMoney } from '../../core/domain/money.ts';
import { assert, present } from '../../core/shared/assert.ts';
import type { Static, TSchema } from 'typebox';
import type { DataFrame } from '../channels.ts';

const Frame = Type.Union(CHANNEL_FRAMES.map(({ data }) => data));

/** What most answers have. */
export const WithId = Type.Object({ id: Type.String() });

/** What is sent: a JSON body, or a file as it is. */
interface Sent {
  readonly json?: unknown;
  readonly csv?: string;
}

function bodyOf({ json, csv }: Sent): { readonly body?: string } {
  if (csv !== undefined) return { body: csv };
  return json === undefined ? {} : { body: JSON.stringify(json) };
}

/** A trader's connection to a server. */
export class DemoClient {
  readonly #address: string;
  #token: string | undefined;

  constructor(address: string) {
    this.#address = address;
  }

  /** Signs up and in; what follows is done as this trader. */
  async signIn(trader: {
    readonly email: string;
    readonly username: string;
    readonly password: string;
  }): Promise<void> {
    await this.call('POST', '/auth/register', Type.Unknown(), { json: trader });
    const { email, password } = trader;
    const { token } = await this.call('POST', '/auth/login', Type.Object({ token: Type.String() }), {
      json: { email, password },
    });
    this.#token = token;
  }

  /** Sends a request and returns its answer, which must be of the schema; throws with the problem when it is refused. */
  async call<Schema extends TSchema>(
    method: 'GET' | 'POST',
    path: string,
    schema: Schema,
    sent: Sent = {},
  ): Promise<Static<Schema>> {
    const answer = await fetch(`${this.#address}/api/v1${path}`, {
      method,
      headers: {
        ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
        ...(sent.json !== undefined && { 'content-type': 'application/json' }),
        ...(sent.csv !== undefined && { 'content-type': 'text/csv' }),
      },
      ...bodyOf(sent),
    });
    const body: unknown = await answer.json();
    assert(answer.ok, `${method} ${path} was answered ${answer.status}: ${JSON.stringify(body)}`);
    return Value.Parse(schema, body);
  }

  /** Opens the stream, subscribes, and passes on each data frame; the function returned closes it. */
  async follow(subscriptions: readonly object[], onFrame: (frame: DataFrame) => void): Promise<() => void> {
    const socket = new WebSocket(`${this.#address.replace(/^http/, 'ws')}/ws`);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve, { once: true });
      socket.addEventListener('error', reject, { once: true });
    });
    socket.addEventListener('message', ({ data }) => {
      const frame: unknown = JSON.parse(String(data));
      if (Value.Check(Frame, frame)) onFrame(frame);
    });
    socket.send(JSON.stringify({ type: 'authenticate', token: this.#token }));
    for (const subscription of subscriptions)
      socket.send(JSON.stringify({ type: 'subscribe', ...subscription }));
    return () => socket.close();
  }
}

/** Returns an amount of an answer in ten-thousandths. */
export function moneyOf(text: string): number {
  return present(parseMoney(text), `an amount in ${text}`);
}
