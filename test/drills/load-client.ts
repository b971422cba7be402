/** One client of the load: twenty requests in turn, each with the answer it must get. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  isRenamed,
  rowToRead,
  rowToRename,
  seededId,
  seededName,
  seededNumber,
} from './seeded-strategies.ts';
import type { Figures } from './figures.ts';
import type { Answer, Call, HttpClient } from './http-client.ts';
import type { Seeding } from './seeded-strategies.ts';

/** One person: an account that trades, and one that holds the rows. */
export interface Person {
  readonly http: HttpClient;
  readonly tradingAccountId: string;
  readonly archiveAccountId: string;
}

/** What is done, for people, and the doing of it. */
type Action = readonly [string, () => Promise<void>];

interface Strategy {
  readonly id: string;
  readonly name: string;
}

/** Far below the market: it rests until it is cancelled. */
const RESTING_ORDER = { instrument: 'EUR_USD', side: 'buy', type: 'limit', price: '0.50000', units: 100 };

/** What a client works with. */
export interface ClientSettings {
  readonly person: Person;
  readonly seeding: Seeding;
  readonly everyMs: number;
  readonly figures: Figures;
}

export class LoadClient {
  /** By id: what the rows that only this client writes are called. */
  readonly names = new Map<string, string>();
  readonly #index: number;
  readonly #settings: ClientSettings;
  readonly #made: string[] = [];
  #units = 1_000;

  constructor(index: number, settings: ClientSettings) {
    this.#index = index;
    this.#settings = settings;
  }

  /** Makes requests until `stop`, and ends with the last answer. */
  async run(signal: AbortSignal): Promise<void> {
    const actions = this.#actions();
    for (let turn = this.#index; !signal.aborted; turn += 1) {
      const nextAt = performance.now() + this.#settings.everyMs;
      const [name, act] = actions[turn % actions.length] ?? [];
      if (name !== undefined && act) await this.#perform(name, act);
      await sleep(Math.max(0, nextAt - performance.now()));
    }
  }

  /** Twenty in turn: eleven read, nine write, most of them the table that changes. */
  #actions(): readonly Action[] {
    const page: Action = ['read a page', () => this.#readPage()];
    const read: Action = ['read a strategy', () => this.#readOne()];
    const own: Action = ['read an own strategy', () => this.#readOwn()];
    const make: Action = ['make a strategy', () => this.#make()];
    const rename: Action = ['rename a strategy', () => this.#rename()];
    const orders: Action = ['read the orders', () => this.#readOrders()];
    const summary: Action = ['read the summary', () => this.#readSummary()];
    const settings: Action = ['change the settings', () => this.#changeSettings()];
    const order: Action = ['place and cancel an order', () => this.#placeAndCancel()];
    return [
      [page, rename, read, make, own, page, orders, rename, own, read],
      [make, summary, rename, own, settings, page, rename, order, read, rename],
    ].flat();
  }

  async #perform(action: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof WrongAnswer)) throw error;
      const { step, servedBy, message } = error;
      this.#settings.figures.fail({ step, servedBy, action, what: message });
    }
  }

  async #readOne(): Promise<void> {
    const n = rowToRead(this.#index, this.#settings.seeding, Math.random);
    const answer = await this.#call({ method: 'GET', path: `/strategies/${seededId(n)}` }, 200);
    // What another client renames has a name that we do not know.
    if (!isRenamed(n, this.#settings.seeding)) this.#expectName(answer, parsed(answer), seededName(n));
  }

  async #readPage(): Promise<void> {
    const n = rowToRead(this.#index, this.#settings.seeding, Math.random);
    const cursor = Buffer.from(`id ${seededId(n)}`).toString('base64url');
    const path = `/strategies?accountId=${this.#settings.person.archiveAccountId}&limit=20&cursor=${cursor}`;
    const answer = await this.#call({ method: 'GET', path }, 200);
    for (const item of (JSON.parse(answer.text) as { items: Strategy[] }).items) {
      const found = seededNumber(item.id);
      if (found !== undefined && !isRenamed(found, this.#settings.seeding))
        this.#expectName(answer, item, seededName(found));
    }
  }

  async #make(): Promise<void> {
    const name = `Made ${randomUUID()}`;
    const answer = await this.#call(
      {
        method: 'POST',
        path: '/strategies',
        idempotencyKey: randomUUID(),
        body: {
          accountId: this.#settings.person.archiveAccountId,
          name,
          strategyType: 'ema_cross',
          instrument: 'EUR_USD',
        },
      },
      201,
    );
    const made = parsed(answer);
    this.#expectName(answer, made, name);
    this.#made.push(made.id);
    this.names.set(made.id, name);
  }

  async #rename(): Promise<void> {
    const made = this.#made[Math.floor(Math.random() * this.#made.length)];
    const id =
      made !== undefined && Math.random() < 0.3
        ? made
        : seededId(rowToRename(this.#index, this.#settings.seeding, Math.random));
    const name = `Renamed ${randomUUID()}`;
    const answer = await this.#call({ method: 'PATCH', path: `/strategies/${id}`, body: { name } }, 200);
    this.names.set(id, name);
    this.#expectName(answer, parsed(answer), name);
  }

  async #readOwn(): Promise<void> {
    const known = [...this.names];
    const [id, name] = known[Math.floor(Math.random() * known.length)] ?? [];
    if (id === undefined || name === undefined) return this.#readOne();
    const answer = await this.#call({ method: 'GET', path: `/strategies/${id}` }, 200);
    this.#expectName(answer, parsed(answer), name);
  }

  async #readOrders(): Promise<void> {
    await this.#call({ method: 'GET', path: '/orders?limit=20' }, 200);
  }

  async #readSummary(): Promise<void> {
    await this.#call(
      { method: 'GET', path: `/accounts/${this.#settings.person.tradingAccountId}/summary` },
      200,
    );
  }

  async #changeSettings(): Promise<void> {
    this.#units += 1;
    await this.#call({ method: 'PATCH', path: '/settings', body: { defaultUnits: this.#units } }, 200);
  }

  async #placeAndCancel(): Promise<void> {
    const accountId = this.#settings.person.tradingAccountId;
    const answer = await this.#call(
      {
        method: 'POST',
        path: '/orders',
        idempotencyKey: randomUUID(),
        body: { ...RESTING_ORDER, accountId },
      },
      201,
    );
    await this.#call({ method: 'DELETE', path: `/orders/${parsed(answer).id}` }, 200);
  }

  async #call(call: Call, wanted: number): Promise<Answer> {
    const { figures, person } = this.#settings;
    const { step } = figures;
    const answer = await person.http.send(call);
    figures.add(step, { ...answer, isWrite: call.method !== 'GET' });
    if (answer.status === wanted) return answer;
    throw new WrongAnswer(
      step,
      answer.servedBy,
      `${call.method} ${call.path}: ${answer.status} ${answer.text}`,
    );
  }

  #expectName(answer: Answer, { id, name }: Strategy, wanted: string): void {
    if (name === wanted) return;
    const what = `strategy ${id} is called "${name}", "${wanted}" was expected`;
    throw new WrongAnswer(this.#settings.figures.step, answer.servedBy, what);
  }
}

class WrongAnswer extends Error {
  readonly step: string;
  readonly servedBy: string;

  constructor(step: string, servedBy: string, what: string) {
    super(what);
    this.step = step;
    this.servedBy = servedBy;
  }
}

function parsed({ text }: Answer): Strategy {
  return JSON.parse(text) as Strategy;
}
