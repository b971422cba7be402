/** The other person: trades, looks and listens at a steady pace, and measures how long each takes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../support/until.ts';
import { signUp } from '../http-client.ts';
import { openAccount } from './flood.ts';
import { JournalListener } from './journal-listener.ts';
import type { HttpClient } from '../http-client.ts';

const PAUSE_MS = 25;
const SAMPLES = 300;
/** A phase that is slow ends with fewer samples, after so many times its length. */
const LONGEST = 3;
const ENTRY_WITHIN_MS = 30_000;

/** What was measured in one phase, in milliseconds, and what the person did not get. */
export interface Samples {
  readonly orders: readonly number[];
  readonly me: readonly number[];
  /** From the answer to an order to its entry in the journal; 0 when the entry came first. */
  readonly journal: readonly number[];
  readonly failures: readonly string[];
}

export class Bystander {
  readonly #http: HttpClient;
  readonly #accountId: string;
  readonly #journal: JournalListener;
  #orders = 0;

  private constructor(http: HttpClient, accountId: string, journal: JournalListener) {
    this.#http = http;
    this.#accountId = accountId;
    this.#journal = journal;
  }

  static async join(address: string): Promise<Bystander> {
    const from = '198.51.100.1';
    const { http, token } = await signUp(address, 'other', from);
    const accountId = await openAccount(http, 'Trading');
    return new Bystander(http, accountId, await JournalListener.connect(address, token, from));
  }

  /** Waits until an order is in the journal as it should be: what a preparation left over is done. */
  async settle(): Promise<void> {
    const { status, text } = await this.#placeOrder();
    if (status !== 201) throw new Error(`An order was answered ${status} while all was calm: ${text}`);
    await this.#entryOf(JSON.parse(text).id, 10 * ENTRY_WITHIN_MS);
  }

  /** Measures for so long, or longer until there are enough samples. */
  async measure(ms: number): Promise<Samples> {
    const startedAt = performance.now();
    const samples = { orders: [] as number[], me: [] as number[], journal: [] as number[] };
    const failures: string[] = [];
    const answeredAtById = new Map<string, number>();
    const lasts = (): boolean => {
      const lastedMs = performance.now() - startedAt;
      const isEnough = Math.min(samples.orders.length, samples.me.length) >= SAMPLES;
      return lastedMs < ms || (!isEnough && lastedMs < LONGEST * ms);
    };
    const trade = async (): Promise<void> => {
      const { status, text, durationMs } = await this.#placeOrder();
      samples.orders.push(durationMs);
      if (status === 201) answeredAtById.set(JSON.parse(text).id, performance.now());
      else failures.push(`an order was answered ${status}: ${text}`);
    };
    const look = async (): Promise<void> => {
      const { status, text, durationMs } = await this.#http.send({ method: 'GET', path: '/me' });
      samples.me.push(durationMs);
      if (status !== 200) failures.push(`GET /me was answered ${status}: ${text}`);
    };
    await Promise.all([atPace(trade, lasts), atPace(look, lasts)]);
    for (const [orderId, answeredAt] of answeredAtById) {
      const heardAt = await this.#entryOf(orderId, ENTRY_WITHIN_MS).catch(() => undefined);
      samples.journal.push(Math.max(0, (heardAt ?? performance.now()) - answeredAt));
      if (heardAt === undefined) failures.push(`the entry of the order ${orderId} did not come`);
    }
    return { ...samples, failures: [...failures, ...this.#journal.takeFailures()] };
  }

  close(): void {
    this.#journal.close();
    this.#http.close();
  }

  /** Buys, then sells as much. */
  #placeOrder() {
    this.#orders += 1;
    const side = this.#orders % 2 === 1 ? 'buy' : 'sell';
    const body = { accountId: this.#accountId, instrument: 'EUR_USD', side, type: 'market', units: 1_000 };
    const idempotencyKey = `order-${this.#orders}`;
    return this.#http.send({ method: 'POST', path: '/orders', body, idempotencyKey });
  }

  #entryOf(orderId: string, withinMs: number): Promise<number> {
    return until(`the order ${orderId} is in the journal`, () => this.#journal.heardAt(orderId), withinMs);
  }
}

async function atPace(act: () => Promise<void>, lasts: () => boolean): Promise<void> {
  while (lasts()) {
    await act();
    await sleep(PAUSE_MS);
  }
}
