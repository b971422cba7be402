/** One person of the soak: an account, strategies, sockets, and orders without a pause. */
import { setTimeout as sleep } from 'node:timers/promises';
import { signUp } from '../http-client.ts';
import { Listener } from './listener.ts';
import type { HttpClient } from '../http-client.ts';

/** What everyone has. */
export interface Share {
  readonly strategies: number;
  readonly sockets: number;
  readonly orderEveryMs: number;
  readonly instruments: readonly string[];
}

const ACCOUNT = { name: 'Soak', environment: 'paper', currency: 'USD', initialBalance: '1000000' };
/** The averages cross every few candles. */
const STRATEGY = {
  strategyType: 'ema_cross',
  parameters: { granularity: 'S5', fast: 1, slow: 2, atrStop: 8, units: 300 },
};
/** No strategy trades it, so each order is filled in full. */
const OWN_INSTRUMENT = 'EUR_USD';
/** Every so many orders are sent twice, as a client does that had no answer. */
const TWICE_EVERY = 10;

/** 202: its fill was not recorded in time for the answer. */
const ACCEPTED: readonly number[] = [201, 202];
const BUSY = 503;

export class Person {
  readonly accountId: string;
  readonly listeners: readonly Listener[];
  /** The ids that were answered. */
  readonly orderIds: string[] = [];
  readonly faults: string[] = [];
  readonly latenciesMs: number[] = [];
  /** Answered 503: the account was busy, and the order never happened. */
  refused = 0;
  readonly #name: string;
  readonly #http: HttpClient;
  #sent = 0;

  private constructor(name: string, http: HttpClient, accountId: string, listeners: readonly Listener[]) {
    this.#name = name;
    this.#http = http;
    this.accountId = accountId;
    this.listeners = listeners;
  }

  /** Signs up, and starts strategies and sockets. */
  static async join(address: string, index: number, share: Share): Promise<Person> {
    const name = `soak_${index}`;
    const from = `198.51.100.${index + 1}`;
    const { http, token } = await signUp(address, name, from);
    const post = <Body>(path: string, body?: object): Promise<Body> =>
      http.demand({ method: 'POST', path, ...(body && { body }) });
    const { id: accountId } = await post<{ id: string }>('/accounts', ACCOUNT);
    const traded = share.instruments.filter((instrument) => instrument !== OWN_INSTRUMENT);
    for (const instrument of traded.slice(0, share.strategies)) {
      const { id } = await post<{ id: string }>('/strategies', {
        ...STRATEGY,
        accountId,
        name: instrument,
        instrument,
      });
      await post(`/strategies/${id}/start`);
    }
    const listeners: Listener[] = [];
    for (let socket = 0; socket < share.sockets; socket += 1) {
      const settings = {
        name: `socket ${socket} of ${name}`,
        address,
        from,
        token,
        readsQuotes: socket === 0,
      };
      listeners.push(await Listener.open(settings, { accountId, instruments: share.instruments }));
    }
    return new Person(name, http, accountId, listeners);
  }

  /** Buys and sells in turn until the end. */
  async trade(ends: AbortSignal, { orderEveryMs }: Share): Promise<void> {
    while (!ends.aborted) {
      await this.#place();
      await sleep(orderEveryMs, undefined, { signal: ends }).catch(() => undefined);
    }
  }

  close(): void {
    for (const listener of this.listeners) listener.close();
    this.#http.close();
  }

  async #place(): Promise<void> {
    this.#sent += 1;
    const idempotencyKey = `soak-${this.#sent}`;
    const side = this.#sent % 2 === 1 ? 'buy' : 'sell';
    const body = {
      accountId: this.accountId,
      instrument: OWN_INSTRUMENT,
      side,
      type: 'market',
      units: 1_000,
    };
    const send = () => this.#http.send({ method: 'POST', path: '/orders', body, idempotencyKey });
    const { status, text, durationMs } = await send();
    this.latenciesMs.push(durationMs);
    if (status === BUSY) {
      this.refused += 1;
      return;
    }
    const id = ACCEPTED.includes(status) ? idOf(text) : undefined;
    if (id === undefined) return this.#fault(`order ${this.#sent} was answered ${status}: ${text}`);
    this.orderIds.push(id);
    if (this.#sent % TWICE_EVERY !== 0) return;
    const again = await send();
    if (again.status === BUSY) this.refused += 1;
    else if (!ACCEPTED.includes(again.status) || idOf(again.text) !== id)
      this.#fault(`order ${this.#sent}, sent twice, was answered ${again.status}: ${again.text}`);
  }

  #fault(what: string): void {
    this.faults.push(`${this.#name}: ${what}`);
  }
}

function idOf(text: string): string {
  return (JSON.parse(text) as { id: string }).id;
}
