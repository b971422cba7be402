/** A trader with two accounts, who sends orders without a pause and runs strategies, whatever becomes of the server. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient, signUp } from '../http-client.ts';
import { KeyedRequests } from './keyed-requests.ts';
import { BROKER_ACCOUNTS, BROKER_TOKEN } from './simulator-control.ts';
import { startStrategies, strategyFaults } from './strategies.ts';
import { TradedAccount } from './traded-account.ts';
import type { Answer, Call } from '../http-client.ts';
import type { OrderRow } from './compare-orders.ts';
import type { Draw } from './draw.ts';
import type { KeyedRequest } from './keyed-requests.ts';
import type { SimulatorControl } from './simulator-control.ts';
import type { Desk } from './traded-account.ts';

const FROM = '198.51.100.1';
const WORKERS = 4;
const TURN_MS = 20;
const SERVER_AWAITED_MS = 50;
const DENIED_PAUSE_MS = 250;

interface AccountRow {
  readonly name: string;
  readonly status: string;
  readonly statusReason: string | null;
}

export class Trader {
  readonly requests = new KeyedRequests('chaos');
  readonly accounts: TradedAccount[] = [];
  token = '';
  readonly #desk: Desk;
  #http: HttpClient | undefined;
  #mayMake = 0;

  constructor(draw: Draw, simulator: SimulatorControl) {
    const [send, attempt] = [this.#send.bind(this), this.#attempt.bind(this)];
    this.#desk = { draw, simulator, requests: this.requests, send, attempt };
  }

  /** Signs up at a server, connects the accounts and starts strategies on them. */
  async join(address: string): Promise<void> {
    const { http, token } = await signUp(address, 'chaos_trader', FROM);
    for (const { id: brokerAccountId, hedging, entryLeaseMinutes } of BROKER_ACCOUNTS) {
      const body = {
        name: brokerAccountId,
        environment: 'practice',
        token: BROKER_TOKEN,
        brokerAccountId,
        limits: { entryLeaseMinutes },
      };
      const opened = await http.demand<{ id: string; hedging: boolean }>({
        method: 'POST',
        path: '/accounts',
        body,
      });
      if (opened.hedging !== hedging)
        throw new Error(`Account ${brokerAccountId} was opened as another kind.`);
      this.accounts.push(
        new TradedAccount(this.#desk, {
          id: opened.id,
          brokerAccountId,
          hedging,
          isLeased: entryLeaseMinutes !== null,
        }),
      );
      await startStrategies(http, opened);
    }
    http.close();
    this.token = token;
  }

  /** The server is there, at an address of its own each time. */
  serverIsAt(address: string): void {
    this.serverIsGone();
    this.#http = new HttpClient(address, FROM, this.token);
  }

  serverIsGone(): void {
    this.#http?.close();
    this.#http = undefined;
  }

  /** How many requests it may have made until this is said again. */
  mayMake(requests: number): void {
    this.#mayMake = requests;
  }

  /** Whether it has made as many. */
  get hasMadeAll(): boolean {
    return this.requests.all.length >= this.#mayMake;
  }

  /** Sends requests until so many were made, or until the signal. */
  async trade(orders: number, signal: AbortSignal): Promise<void> {
    const work = async (): Promise<void> => {
      while (!signal.aborted && this.requests.all.length < orders) {
        if (this.#http && !this.hasMadeAll) await this.#turn();
        await sleep(this.#http ? TURN_MS : SERVER_AWAITED_MS);
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
  }

  /** Repeats what has no answer yet; returns whether all have one. */
  async repeatUnanswered(): Promise<boolean> {
    await Promise.all(this.requests.unanswered.map((request) => this.#attempt(request)));
    return this.requests.all.every(({ answer }) => answer !== undefined);
  }

  /** Reads every page of a list. */
  async readAll<Item>(path: string): Promise<readonly Item[]> {
    const items: Item[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const from: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page: { items: Item[]; nextCursor: string | null } = await this.read(
        `${path}${path.includes('?') ? '&' : '?'}limit=500${from}`,
      );
      items.push(...page.items);
      cursor = page.nextCursor;
    }
    return items;
  }

  /** Reads the orders of all accounts. */
  async orders(): Promise<readonly OrderRow[]> {
    const lists = this.accounts.map(({ id }) => this.readAll<OrderRow>(`/orders?accountId=${id}`));
    return (await Promise.all(lists)).flat();
  }

  /** Reads what must be there. */
  read<Body>(path: string): Promise<Body> {
    if (!this.#http) throw new Error('The server is not there.');
    return this.#http.demand<Body>({ method: 'GET', path });
  }

  /** Whether the accounts trade and every order is known. */
  async isSettled(): Promise<boolean> {
    for (const { id } of this.accounts) {
      const { status } = await this.read<{ status: string }>(`/accounts/${id}`);
      const open = await this.readAll(`/orders?accountId=${id}&status=submitted`);
      if (status !== 'trading' || open.length > 0) return false;
    }
    return true;
  }

  /** What is wrong with accounts and strategies as a whole. */
  async faults(): Promise<readonly string[]> {
    const { items } = await this.read<{ items: AccountRow[] }>('/accounts');
    return [
      ...items
        .filter(({ status }) => status !== 'trading')
        .map(({ name, status, statusReason }) => `account ${name} is ${status}: ${statusReason}`),
      ...strategyFaults(await this.readAll('/strategies')),
    ];
  }

  async #turn(): Promise<void> {
    const { draw } = this.#desk;
    const { unanswered } = this.requests;
    const isRepetition = draw.chance(unanswered.length > WORKERS ? 70 : 30);
    if (unanswered.length > 0 && isRepetition) return this.#attempt(draw.oneOf(unanswered));
    return draw.oneOf(this.accounts).turn();
  }

  async #attempt(request: KeyedRequest): Promise<void> {
    await this.requests.attempt(request, (call) => this.#send(call));
    // More orders would be denied too, and those that are denied try nothing.
    if (request.answer?.text.includes('"no-quote"') === true) await sleep(DENIED_PAUSE_MS);
  }

  async #send(call: Call): Promise<Answer> {
    const none = { status: 0, text: 'no server', servedBy: '', durationMs: 0 };
    return this.#http ? this.#http.send(call) : none;
  }
}
