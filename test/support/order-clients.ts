/** People who continue placing orders whatever happens to the server, and remember what was answered. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError } from './api-client.ts';
import { until } from './until.ts';
import type { ApiClient } from './api-client.ts';

/** Long enough that their requests are not all that the processors do, short enough that some are under way at any moment. */
const PAUSE_MS = 30;
/** A server that does not answer, or does not run the account, is not asked again at once: each such request is repeated at the end. */
const UNANSWERED_PAUSE_MS = 200;
const INSTRUMENTS = ['USD_JPY', 'AUD_USD', 'EUR_GBP', 'EUR_USD'] as const;
/** Units of one order: small, so that the account can bear hundreds. */
const UNITS = [100, 500, 1_000] as const;

/** What became of a request as its sender knows it: the order as it was answered, a denial, nothing because the account runs elsewhere, or nothing yet and why. */
type Outcome =
  | { readonly type: 'placed'; readonly id: string; readonly filledAt: string | null }
  | { readonly type: 'denied' }
  | { readonly type: 'elsewhere' }
  | { readonly type: 'unknown'; readonly reason: string };

const isOpen = ({ type }: Outcome): boolean => type === 'unknown' || type === 'elsewhere';

interface SentOrder {
  readonly body: Readonly<Record<string, unknown>>;
  outcome: Outcome;
}

/** Several clients of one person at once. */
export class OrderClients {
  readonly #accountId: string;
  readonly #random: () => number;
  readonly #sentByKey = new Map<string, SentOrder>();
  #server: ApiClient | undefined;
  #isDone = false;
  #running: readonly Promise<void>[] = [];

  constructor(accountId: string, random: () => number) {
    this.#accountId = accountId;
    this.#random = random;
  }

  /** The ids of orders that were acknowledged. */
  get acknowledgedIds(): readonly string[] {
    return this.#placed().map(({ id }) => id);
  }

  /** When the latest reported fill was, in the market's time; empty when there was none. */
  get latestFillAt(): string {
    return (
      this.#placed()
        .map(({ filledAt }) => filledAt ?? '')
        .toSorted()
        .at(-1) ?? ''
    );
  }

  /** Begins to place orders at a server, so many at a time. */
  start(server: ApiClient, clients: number): void {
    this.#server = server;
    this.#running = Array.from({ length: clients }, () => this.#placeAndPlace());
  }

  /** Where the server is from now on; undefined while it is nowhere. */
  use(server: ApiClient | undefined): void {
    this.#server = server;
  }

  /** Places no more; resolves when every request has ended. */
  async stop(): Promise<void> {
    this.#isDone = true;
    await Promise.all(this.#running);
  }

  /** Sends every request again under its key, until none is without an answer. Throws when one that had an answer gets another. */
  async repeatAll(): Promise<void> {
    for (const key of this.#sentByKey.keys())
      await until(`the request ${key} is answered`, () => this.#send(key));
  }

  #placed() {
    return [...this.#sentByKey.values()].flatMap(({ outcome }) =>
      outcome.type === 'placed' ? [outcome] : [],
    );
  }

  async #placeAndPlace(): Promise<void> {
    let key: string | undefined;
    while (!this.#isDone) {
      let pauseMs = PAUSE_MS;
      if (this.#server !== undefined) {
        key ??= this.#make();
        if (!(await this.#send(key))) pauseMs = UNANSWERED_PAUSE_MS;
        // What was not begun there is sent again until someone takes it; what may have been begun waits for the end.
        if (this.#sentByKey.get(key)?.outcome.type !== 'elsewhere') key = undefined;
      }
      await sleep(pauseMs);
    }
  }

  /** Returns the key of a new request. */
  #make(): string {
    const key = randomUUID();
    const outcome = { type: 'unknown', reason: 'it was not answered' } as const;
    this.#sentByKey.set(key, { body: this.#order(), outcome });
    return key;
  }

  /** Returns whether it was answered. */
  async #send(key: string): Promise<boolean> {
    const sent = this.#sentByKey.get(key);
    if (!sent || !this.#server) return false;
    const { outcome: before } = sent;
    const outcome = await attempt(this.#server, key, sent.body);
    if (!isOpen(before) && !isOpen(outcome) && nameOf(before) !== nameOf(outcome))
      throw new Error(`The request ${key} was answered ${nameOf(before)} and then ${nameOf(outcome)}.`);
    if (!isOpen(outcome) || isOpen(before)) sent.outcome = outcome;
    return !isOpen(outcome);
  }

  #order(): Readonly<Record<string, unknown>> {
    const instrument = this.#oneOf(INSTRUMENTS);
    const side = this.#oneOf(['buy', 'sell']);
    const units = this.#oneOf(UNITS);
    const order = { accountId: this.#accountId, instrument, side, units, type: 'market' };
    if (side === 'sell') return order;
    // A limit and a stop far away rest, and are there to be found again.
    if (instrument === 'EUR_USD') return { ...order, type: 'limit', price: '0.50000' };
    return instrument === 'AUD_USD' ? { ...order, stopLoss: '0.30000' } : order;
  }

  #oneOf<Value>(values: readonly [Value, ...Value[]]): Value {
    return values[Math.floor(this.#random() * values.length)] ?? values[0];
  }
}

function nameOf(outcome: Outcome): string {
  return outcome.type === 'placed' ? outcome.id : outcome.type;
}

/** A connection that breaks and a failure of the server's leave the outcome open; a denial does not. */
async function attempt(server: ApiClient, idempotencyKey: string, body: unknown): Promise<Outcome> {
  try {
    const { id, filledAt } = await server.post<{ id: string; filledAt: string | null }>('/orders', {
      body,
      idempotencyKey,
    });
    return { type: 'placed', id, filledAt };
  } catch (error) {
    if (!(error instanceof ProblemError)) return { type: 'unknown', reason: String(error) };
    if (error.problem.type === '/problems/order-denied') return { type: 'denied' };
    if (error.problem.type === '/problems/account-not-trading') return { type: 'elsewhere' };
    const isUnknown = error.status >= 500 || error.problem.type === '/problems/request-in-progress';
    if (isUnknown) return { type: 'unknown', reason: error.message };
    throw error;
  }
}
