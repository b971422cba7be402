/** Reads a stream of the simulator as it comes: chunk by chunk, line by line. */
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { ACCOUNT, TOKEN } from './v20-simulator.ts';
import type { RunningSimulator, V20Json } from './v20-simulator.ts';

/** An open stream. */
export class V20Stream implements Disposable {
  readonly response: IncomingMessage;
  readonly chunks: string[] = [];
  /** How it ended: in order, or cut off. */
  readonly ended: Promise<'ended' | 'cut'>;
  #text = '';
  #taken = 0;
  #more = Promise.withResolvers<void>();

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8').on('data', (chunk: string) => {
      this.chunks.push(chunk);
      this.#text += chunk;
      this.#more.resolve();
      this.#more = Promise.withResolvers();
    });
    this.ended = new Promise((resolve) => {
      response.once('end', () => resolve('ended'));
      response.once('error', () => resolve('cut'));
    });
  }

  /** What came after the last whole line. */
  get rest(): string {
    return this.#text.slice(this.#text.lastIndexOf('\n') + 1);
  }

  /** Resolves with the next line; it waits until there is one. */
  async next(): Promise<V20Json> {
    for (;;) {
      const lines = this.#text.split('\n');
      const line = lines[this.#taken];
      if (line !== undefined && this.#taken < lines.length - 1) {
        this.#taken += 1;
        return JSON.parse(line) as V20Json;
      }
      await this.#more.promise;
    }
  }

  [Symbol.dispose](): void {
    this.response.destroy();
  }
}

/** The address of the price stream. */
export function prices({ url }: RunningSimulator, query = 'instruments=EUR_USD'): string {
  return `${url}/v3/accounts/${ACCOUNT}/pricing/stream?${query}`;
}

/** The address of the transaction stream. */
export function transactions({ url }: RunningSimulator): string {
  return `${url}/v3/accounts/${ACCOUNT}/transactions/stream`;
}

/** Something happens on the account: a transaction that means nothing. */
export function note({ simulator, market }: RunningSimulator): void {
  simulator.accounts[0]?.note('', market.marketTime(), { type: 'RESET_RESETTABLE_PL' });
}

/** Opens the stream at an address; rejects when the connection breaks before there is an answer. */
export function openStream(url: string): Promise<V20Stream> {
  return new Promise((resolve, reject) => {
    const opening = request(url, { headers: { authorization: `Bearer ${TOKEN}` }, agent: false });
    opening.once('response', (response) => resolve(new V20Stream(response)));
    opening.once('error', reject);
    opening.end();
  });
}
