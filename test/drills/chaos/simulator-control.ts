/** The broker of the drill: `manage simulator` as a process, what is made to go wrong there, and what it states at the end. */
import { Agent, request as openRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { MEETS_NOTHING } from './drawn-faults.ts';
import { SimulatorProcess } from '../../support/simulator-process.ts';
import type { Fault } from '../../../src/brokers/simulator/faults/fault.ts';
import type { BrokerAccount, BrokerTransaction } from './broker-record.ts';

/** The shortest that there is. */
export const LEASE_MINUTES = 5;

/** The accounts at the broker: one nets, and its entries are leased; one may be long and short at once. */
export const BROKER_ACCOUNTS = [
  { id: '101-004-1435156-001', hedging: false, entryLeaseMinutes: LEASE_MINUTES },
  { id: '101-004-1435156-002', hedging: true, entryLeaseMinutes: null },
] as const;
export const BROKER_ACCOUNT = BROKER_ACCOUNTS[0].id;
export const BROKER_TOKEN = '0123456789abcdef0123456789abcdef-fedcba9876543210fedcba9876543210';

/** A connection that is refused is one of the faults; no more of them are armed at once. */
const TRIES = 50;
const AGAIN_MS = 100;

interface ListedFault {
  readonly id: number;
  readonly fault: string;
  readonly happened: number;
  readonly count?: number;
}

export class SimulatorControl implements AsyncDisposable {
  /** By kind: how often it was armed, and how often it has happened, counted when it is removed. */
  readonly counts = new Map<string, { armed: number; happened: number }>();
  readonly url: string;
  readonly #process: SimulatorProcess;
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(process: SimulatorProcess, url: string) {
    this.#process = process;
    this.url = url;
  }

  /** Starts one whose market is open, whatever day it is, and so many times as fast as the clock. */
  static async start(seed: number, speed = 1): Promise<SimulatorControl> {
    const feed = `synthetic?seed=${seed}&start=2026-01-06T12:00:00Z&interval=100`;
    const accounts = BROKER_ACCOUNTS.flatMap(({ id, hedging }) => [
      hedging ? '--hedging-account' : '--account',
      id,
    ]);
    const process = new SimulatorProcess(['--feed', feed, '--speed', String(speed), ...accounts]);
    return new SimulatorControl(process, await process.url());
  }

  /** Arms a fault and returns its id. */
  async arm(fault: Fault): Promise<number> {
    const { id } = await this.#ask<{ id: number }>('POST', '/simulator/faults', fault);
    this.#count(fault.fault).armed += 1;
    return id;
  }

  /** How many faults wait for a request or a line that they could happen to. */
  async waiting(): Promise<number> {
    return (await this.#listed()).filter(
      ({ fault, count, happened }) => count !== undefined && happened === 0 && fault !== MEETS_NOTHING,
    ).length;
  }

  async remove(id: number): Promise<void> {
    this.#countHappened((await this.#listed()).filter((listed) => listed.id === id));
    await this.#ask('DELETE', `/simulator/faults/${id}`, undefined, [404]);
  }

  async removeAll(): Promise<void> {
    this.#countHappened(await this.#listed());
    await this.#ask('DELETE', '/simulator/faults');
  }

  /** Reads the middle of the market's newest price. */
  async middle(instrument: string): Promise<number> {
    const answer = await this.#v20<{ prices: { bids: Side; asks: Side }[] }>(
      `${BROKER_ACCOUNT}/pricing?instruments=${instrument}`,
    );
    const [price] = answer.prices;
    const [bid, ask] = [price?.bids[0]?.price, price?.asks[0]?.price];
    if (bid === undefined || ask === undefined) return Number.NaN;
    return (Number(bid) + Number(ask)) / 2;
  }

  /** Reads the whole log of an account. */
  async log(accountId: string = BROKER_ACCOUNT): Promise<readonly BrokerTransaction[]> {
    const all: BrokerTransaction[] = [];
    for (;;) {
      const after = all.at(-1)?.id ?? '0';
      const page = await this.#v20<{ transactions: BrokerTransaction[]; lastTransactionID: string }>(
        `${accountId}/transactions/sinceid?id=${after}`,
      );
      all.push(...page.transactions);
      if (page.transactions.length === 0 || all.at(-1)?.id === page.lastTransactionID) return all;
    }
  }

  /** Reads the logs of all accounts. */
  async logs(): Promise<readonly BrokerTransaction[]> {
    return (await Promise.all(BROKER_ACCOUNTS.map(({ id }) => this.log(id)))).flat();
  }

  /** Reads an account with all that is open. */
  async account(accountId: string = BROKER_ACCOUNT): Promise<BrokerAccount> {
    return (await this.#v20<{ account: BrokerAccount }>(accountId)).account;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    await this.#process[Symbol.asyncDispose]();
  }

  async #listed(): Promise<readonly ListedFault[]> {
    return (await this.#ask<{ faults: ListedFault[] }>('GET', '/simulator/faults')).faults;
  }

  #countHappened(faults: readonly ListedFault[]): void {
    for (const { fault, happened } of faults) this.#count(fault).happened += happened;
  }

  #count(kind: string): { armed: number; happened: number } {
    const count = this.counts.get(kind) ?? { armed: 0, happened: 0 };
    this.counts.set(kind, count);
    return count;
  }

  #v20<Body>(path: string): Promise<Body> {
    return this.#ask<Body>('GET', `/v3/accounts/${path}`);
  }

  async #ask<Body>(
    method: string,
    path: string,
    body?: unknown,
    accepted: readonly number[] = [],
  ): Promise<Body> {
    let last = '';
    for (let round = 0; round < TRIES; round += 1) {
      const { status, text } = await this.#once(method, path, body);
      if ((status >= 200 && status < 300) || accepted.includes(status))
        return (text === '' ? undefined : JSON.parse(text)) as Body;
      last = `${status} ${text}`;
      if (status === 400) break;
      await sleep(AGAIN_MS);
    }
    throw new Error(`The simulator answered ${method} ${path} with ${last}`);
  }

  #once(method: string, path: string, body: unknown): Promise<{ status: number; text: string }> {
    return new Promise((resolve) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${BROKER_TOKEN}` };
      const request = openRequest(`${this.url}${path}`, { method, agent: this.#agent, headers });
      request.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.once('error', (error) => resolve({ status: 0, text: String(error) }));
      });
      request.once('error', (error) => resolve({ status: 0, text: String(error) }));
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

type Side = readonly { readonly price: string }[];
