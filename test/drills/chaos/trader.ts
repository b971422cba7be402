/** A trader who sends orders without a pause, whatever becomes of the server, and asks each to have a stop loss. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient, signUp } from '../http-client.ts';
import { KeyedRequests } from './keyed-requests.ts';
import { BROKER_ACCOUNT, BROKER_TOKEN } from './simulator-control.ts';
import type { Answer, Call } from '../http-client.ts';
import type { Draw } from './draw.ts';
import type { KeyedRequest } from './keyed-requests.ts';
import type { SimulatorControl } from './simulator-control.ts';

const FROM = '198.51.100.1';
const WORKERS = 4;
const TURN_MS = 40;
const SERVER_AWAITED_MS = 50;
const DENIED_PAUSE_MS = 500;
const INSTRUMENTS = [
  { name: 'EUR_USD', precision: 5 },
  { name: 'USD_JPY', precision: 3 },
] as const;

interface Listed {
  readonly id: string;
  readonly instrument: string;
  readonly side: string;
  readonly type: string;
  readonly openUnits: number;
  readonly price: string | null;
}

export class Trader {
  readonly requests: KeyedRequests;
  accountId = '';
  /** What was asked without a key: cancels and changes of protection, whose answers may be lost. */
  unkeyed = 0;
  readonly #draw: Draw;
  readonly #simulator: SimulatorControl;
  #http: HttpClient | undefined;
  #token = '';
  #mayMake = 0;

  constructor(draw: Draw, simulator: SimulatorControl) {
    this.#draw = draw;
    this.#simulator = simulator;
    this.requests = new KeyedRequests('chaos');
  }

  /** Signs up at a server and connects the account. */
  async join(address: string): Promise<void> {
    const { http, token } = await signUp(address, 'chaos_trader', FROM);
    const body = {
      name: 'Practice',
      environment: 'practice',
      token: BROKER_TOKEN,
      brokerAccountId: BROKER_ACCOUNT,
    };
    const { id } = await http.demand<{ id: string }>({ method: 'POST', path: '/accounts', body });
    http.close();
    this.accountId = id;
    this.#token = token;
  }

  /** The server is there, at an address of its own each time. */
  serverIsAt(address: string): void {
    this.serverIsGone();
    this.#http = new HttpClient(address, FROM, this.#token);
  }

  serverIsGone(): void {
    this.#http?.close();
    this.#http = undefined;
  }

  /** How many requests it may have made until this is said again. */
  mayMake(requests: number): void {
    this.#mayMake = requests;
  }

  /** Sends requests until so many were made, or until the signal. */
  async trade(orders: number, signal: AbortSignal): Promise<void> {
    const work = async (): Promise<void> => {
      while (!signal.aborted && this.requests.all.length < orders) {
        if (this.#http && this.requests.all.length < this.#mayMake) await this.#turn();
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

  /** Reads what must be there. */
  read<Body>(path: string): Promise<Body> {
    if (!this.#http) throw new Error('The server is not there.');
    return this.#http.demand<Body>({ method: 'GET', path });
  }

  /** Whether the account trades and every order is known. */
  async isSettled(): Promise<boolean> {
    const { status } = await this.read<{ status: string }>(`/accounts/${this.accountId}`);
    const open = await this.readAll(`/orders?accountId=${this.accountId}&status=submitted`);
    return status === 'trading' && open.length === 0;
  }

  /** What is wrong with the account as a whole. */
  async accountFaults(): Promise<readonly string[]> {
    const account = await this.read<{ status: string; statusReason: string | null }>(
      `/accounts/${this.accountId}`,
    );
    return account.status === 'trading' ? [] : [`the account is ${account.status}: ${account.statusReason}`];
  }

  async #turn(): Promise<void> {
    const { unanswered } = this.requests;
    if (unanswered.length > 0 && this.#draw.chance(30)) return this.#attempt(this.#draw.oneOf(unanswered));
    const turns = [
      ...Array.from({ length: 8 }, () => () => this.#placeMarket()),
      ...Array.from({ length: 4 }, () => () => this.#placeWaiting('limit')),
      ...Array.from({ length: 3 }, () => () => this.#placeWaiting('stop')),
      ...Array.from({ length: 4 }, () => () => this.#close()),
      ...Array.from({ length: 3 }, () => () => this.#protect()),
      ...Array.from({ length: 2 }, () => () => this.#cancel()),
      () => this.#change(),
    ];
    return this.#draw.oneOf(turns)();
  }

  #placeMarket(): Promise<void> {
    return this.#attempt(this.requests.make('market', this.#order({ type: 'market' })));
  }

  async #placeWaiting(type: 'limit' | 'stop'): Promise<void> {
    const instrument = this.#draw.oneOf(INSTRUMENTS);
    const price = await this.#near(instrument.name, 10);
    if (price === undefined) return;
    await this.#attempt(this.requests.make(type, this.#order({ type, price }, instrument)));
  }

  #order(fields: object, instrument = this.#draw.oneOf(INSTRUMENTS)): Omit<Call, 'idempotencyKey'> {
    const body = {
      accountId: this.accountId,
      instrument: instrument.name,
      side: this.#draw.oneOf(['buy', 'sell']),
      units: this.#draw.whole(1, 2_000),
      stopLossDistance: pips(instrument, this.#draw.whole(20, 300)),
      ...fields,
    };
    return { method: 'POST', path: '/orders', body };
  }

  async #close(): Promise<void> {
    const position = await this.#anOpenPosition();
    if (!position) return;
    const isPart = position.openUnits > 1 && this.#draw.chance(50);
    const body = isPart ? { units: this.#draw.whole(1, position.openUnits - 1) } : {};
    const call = { method: 'POST', path: `/positions/${position.id}/close`, body } as const;
    await this.#attempt(this.requests.make('close', call));
  }

  /** Moves a stop; it never removes one. */
  async #protect(): Promise<void> {
    const position = await this.#anOpenPosition();
    const instrument = INSTRUMENTS.find(({ name }) => name === position?.instrument);
    if (!position || !instrument) return;
    const body = { stopLossDistance: pips(instrument, this.#draw.whole(20, 300)) };
    await this.#askOnce({ method: 'PATCH', path: `/positions/${position.id}`, body });
  }

  async #cancel(): Promise<void> {
    const order = await this.#aRestingOrder();
    if (order) await this.#askOnce({ method: 'DELETE', path: `/orders/${order.id}` });
  }

  async #change(): Promise<void> {
    const order = await this.#aRestingOrder();
    const price = order && (await this.#near(order.instrument, 10));
    if (!order || price === undefined) return;
    const call = { method: 'PATCH', path: `/orders/${order.id}`, body: { price } } as const;
    await this.#attempt(this.requests.make('change', call));
  }

  /** A price at most so many pips from the market, which may trigger at once. */
  async #near(name: string, most: number): Promise<string | undefined> {
    const instrument = INSTRUMENTS.find((known) => known.name === name);
    const middle = await this.#simulator.middle(name);
    if (!instrument || !Number.isFinite(middle)) return undefined;
    const distance = Number(pips(instrument, this.#draw.whole(1, most)));
    return (middle + (this.#draw.chance(50) ? distance : -distance)).toFixed(instrument.precision);
  }

  async #anOpenPosition(): Promise<Listed | undefined> {
    return this.#anyOf(await this.#list(`/positions?accountId=${this.accountId}&open=true`));
  }

  async #aRestingOrder(): Promise<Listed | undefined> {
    const listed = await this.#list(`/orders?accountId=${this.accountId}&status=accepted`);
    return this.#anyOf(listed.filter(({ type }) => type === 'limit' || type === 'stop'));
  }

  #anyOf(listed: readonly Listed[]): Listed | undefined {
    return listed.length === 0 ? undefined : this.#draw.oneOf(listed);
  }

  async #list(path: string): Promise<readonly Listed[]> {
    const { status, text } = await this.#send({ method: 'GET', path });
    return status === 200 ? (JSON.parse(text) as { items: Listed[] }).items : [];
  }

  async #askOnce(call: Call): Promise<void> {
    this.unkeyed += 1;
    await this.#send(call);
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

function pips({ precision }: (typeof INSTRUMENTS)[number], count: number): string {
  return (count / 10 ** (precision - 1)).toFixed(precision);
}
