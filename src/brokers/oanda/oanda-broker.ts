/** An account at OANDA behind the broker port. */

import { Problem } from '../../core/shared/problem.ts';
import { assert } from '../../core/shared/assert.ts';
import { isCloseOut } from '../../core/domain/order.ts';
import { AccountStreams } from './streams/account-streams.ts';
import { brokerAnswer } from './broker-answer.ts';
import { BrokerTime } from './broker-time.ts';
import { candleHistory, candlePage } from './candle-history.ts';
import { unreachable } from './http/access-problem.ts';
import { readSnapshot } from './translate/account-snapshot.ts';
import { readPricingTime } from './translate/price.ts';
import { readInstruments } from './translate/instrument.ts';
import {
  closeOutBody,
  marginRateBody,
  orderBody,
  protectionBody,
  wireUnits,
} from './translate/order-bodies.ts';
import { TransactionReader } from './translate/transaction-reader.ts';
import { Unreadable, UnreadableTransaction } from './translate/unreadable.ts';
import { readLogSince } from './transaction-log.ts';
import type { Candle } from '../../core/domain/candle.ts';
import type { Instruments } from '../../core/domain/instruments.ts';
import type { CloseRequest, OrderRequest, ProtectionRequest } from '../../core/domain/order.ts';
import type { Transaction } from '../../core/domain/transaction.ts';
import type { Json } from '../../core/shared/json.ts';
import type {
  Broker,
  BrokerAnswer,
  BrokerCandles,
  BrokerListener,
  BrokerSnapshot,
  CandlePageRequest,
  CandleRequest,
  StreamState,
} from '../broker.ts';
import type { CandleSource } from './candle-history.ts';
import type { LentClient, OandaAccess, OandaConnections } from './oanda-connections.ts';
import type { OandaTimes } from './oanda-times.ts';

/** What keeps the account from having two traders. */
export interface OandaFence {
  /** The number of the process that runs the account; each order carries it. */
  readonly ownerNumber: number;
  /** Whether the account is still that process's: asked at the moment in which a request is written. */
  readonly maySend: () => boolean;
}

/** An account, what opens it, and what is known of its log. Without a fence it sends at any time, and its orders carry no number. */
export interface OandaAccount extends OandaAccess {
  readonly brokerAccountId: string;
  readonly log: readonly Transaction[];
  readonly fence?: OandaFence | undefined;
}

/** Opens an account: reads what it can trade, and OANDA's time. Rejects with a Problem, see the broker port. */
export async function openOandaBroker(account: OandaAccount, connections: OandaConnections): Promise<Broker> {
  const lent = connections.borrow(account);
  const path = `/v3/accounts/${encodeURIComponent(account.brokerAccountId)}`;
  const time = new BrokerTime();
  try {
    const instruments = await readable(async () => {
      const offered = readInstruments(await lent.client.read(`${path}/instruments`));
      const names = offered.list.slice(0, 1).map(({ name }) => name);
      time.note(readPricingTime(await lent.client.read(`${path}/pricing?instruments=${names.join(',')}`)));
      return offered;
    });
    const { log, fence } = account;
    return new OandaBroker({ lent, path, instruments, time, log, fence, times: connections.times });
  } catch (error) {
    await lent.release();
    throw error;
  }
}

interface OandaBrokerOptions {
  readonly lent: LentClient;
  readonly path: string;
  readonly instruments: Instruments;
  readonly time: BrokerTime;
  readonly log: readonly Transaction[];
  readonly fence: OandaFence | undefined;
  readonly times: OandaTimes;
}

class OandaBroker implements Broker {
  readonly instruments: Instruments;
  readonly nextClockAt = Infinity;
  readonly #lent: LentClient;
  readonly #path: string;
  readonly #times: OandaTimes;
  readonly #time: BrokerTime;
  readonly #reader: TransactionReader;
  readonly #fence: OandaFence | undefined;
  readonly #requests = new Set<Promise<unknown>>();
  #listener: BrokerListener | undefined;
  #streams: AccountStreams | undefined;
  #giveStreamsBack: (() => void) | undefined;

  constructor({ lent, path, instruments, time, log, fence, times }: OandaBrokerOptions) {
    this.instruments = instruments;
    this.#lent = lent;
    this.#path = path;
    this.#times = times;
    this.#time = time;
    this.#reader = new TransactionReader(instruments, log);
    this.#fence = fence;
  }

  get lateArrivalMs(): number {
    return this.#times.lateArrivalMs;
  }

  get clockAheadMs(): number | undefined {
    return this.#lent.client.clockAheadMs;
  }

  marketTime(): number {
    return this.#time.now();
  }

  async connect(listener: BrokerListener, wanted: readonly string[]): Promise<void> {
    assert(this.#streams === undefined, 'an account is connected once');
    this.#giveStreamsBack = this.#lent.takeStreams();
    this.#listener = listener;
    this.#streams = new AccountStreams({
      client: this.#lent.client,
      path: this.#path,
      instruments: this.instruments,
      wanted,
      time: this.#time,
      times: this.#times,
      listener,
    });
  }

  snapshot(): Promise<BrokerSnapshot> {
    return readable(async () =>
      readSnapshot(await this.#read(this.#path), this.instruments, this.marketTime()),
    );
  }

  candles(request: CandleRequest): Promise<readonly Candle[]> {
    return readable(() =>
      candleHistory(this.#candleSource(), this.instruments.named(request.instrument), request),
    );
  }

  get streams(): readonly StreamState[] {
    return this.#streams?.states ?? [];
  }

  candlePage(request: CandlePageRequest): Promise<BrokerCandles> {
    return readable(() =>
      candlePage(this.#candleSource(), this.instruments.named(request.instrument), request),
    );
  }

  transactionsSince(lastTransactionId: number): Promise<readonly Transaction[]> {
    return readable(async () => {
      if (lastTransactionId > 0) return this.#logSince(lastTransactionId);
      const { account } = await this.snapshot();
      this.#reader.lots.note(account);
      return [account];
    });
  }

  submitOrder(request: OrderRequest): Promise<BrokerAnswer> {
    const { instrument, units, priceBound } = request.terms;
    const isLarge = units > this.instruments.named(instrument).maximumOrderUnits;
    // As an order OANDA may reject it, and it must be possible to close what could be opened.
    if (isLarge && isCloseOut(request.terms) && priceBound === undefined)
      return this.#send('PUT', `/positions/${encodeURIComponent(instrument)}/close`, closeOutBody(request));
    const body = orderBody(request, this.instruments, this.#fence?.ownerNumber);
    if (request.replaces === undefined) return this.#send('POST', '/orders', body);
    return this.#send('PUT', `/orders/${this.#reader.reissues.now(request.replaces)}`, body);
  }

  closePosition({ brokerPositionId, units }: CloseRequest): Promise<BrokerAnswer> {
    const body = { units: units === undefined ? 'ALL' : wireUnits(units) };
    return this.#send('PUT', `/trades/${brokerPositionId}/close`, body);
  }

  cancelOrder(brokerOrderId: number): Promise<BrokerAnswer> {
    return this.#send('PUT', `/orders/${this.#reader.reissues.now(brokerOrderId)}/cancel`, {});
  }

  async changeProtection(request: ProtectionRequest): Promise<BrokerAnswer> {
    const { brokerPositionId } = request;
    const lot = this.#reader.lots.find(brokerPositionId);
    if (!lot) {
      const detail = `Trade ${brokerPositionId} is not open.`;
      return { outcome: 'refused', reason: 'position-unknown', detail };
    }
    const body = protectionBody(request, this.instruments.named(lot.instrument));
    return this.#send('PUT', `/trades/${brokerPositionId}/orders`, body);
  }

  async setMarginRate(marginRate: number): Promise<boolean> {
    const end = await this.#lent.client.send(
      'PATCH',
      `${this.#path}/configuration`,
      marginRateBody(marginRate),
      this.#fence?.maySend,
    );
    const answer = await this.#answerOf(end);
    if (answer.outcome === 'answered') {
      this.#listener?.onTransactions(answer.transactions);
      if (answer.transactions.some(({ type }) => type === 'account-configured')) return true;
    }
    const code = end.end === 'answered' ? errorCodeOf(end.body) : undefined;
    if (code?.startsWith('MARGIN_RATE_WOULD_TRIGGER_')) return false;
    const why = code ?? (answer.outcome === 'refused' ? answer.detail : 'its answer was lost');
    throw new Problem('broker-unreachable', `OANDA did not change the leverage: ${why}.`);
  }

  /** OANDA's log holds everything. */
  saveState(): Json {
    return null;
  }

  /** What was sent is answered all the same, before its connection is given back. */
  async close(): Promise<void> {
    await this.#streams?.close();
    this.#giveStreamsBack?.();
    this.#listener = undefined;
    const released = Promise.allSettled(this.#requests).then(() => this.#lent.release());
    if (this.#requests.size === 0) await released;
  }

  #candleSource(): CandleSource {
    return { read: (path) => this.#read(path), path: this.#path, now: this.marketTime() };
  }

  #read(path: string): Promise<unknown> {
    return this.#lent.client.read(path);
  }

  #logSince(lastTransactionId: number): Promise<readonly Transaction[]> {
    const { client } = this.#lent;
    const source = { read: client.read.bind(client), path: this.#path, reader: this.#reader };
    return readLogSince(source, lastTransactionId);
  }

  #send(method: 'POST' | 'PUT', path: string, content: unknown): Promise<BrokerAnswer> {
    const request = this.#lent.client
      .send(method, `${this.#path}${path}`, content, this.#fence?.maySend)
      .then((end) => this.#answerOf(end))
      .finally(() => this.#requests.delete(request));
    this.#requests.add(request);
    return request;
  }

  #answerOf(end: Parameters<typeof brokerAnswer>[0]): Promise<BrokerAnswer> {
    return brokerAnswer(end, { reader: this.#reader, logSince: (id) => this.#logSince(id) });
  }
}

/** What cannot be read is for the port as if nothing had come; a transaction is named, because no later one is read before it. */
async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnreadableTransaction) throw transactionUnreadable(error);
    throw error instanceof Unreadable ? unreachable(error.message) : error;
  }
}

function transactionUnreadable(cause: UnreadableTransaction): Problem {
  const { message, transactionId, brokerType } = cause;
  return new Problem(
    'broker-transaction-unreadable',
    `OANDA's log has a transaction that this version of the server cannot read: ${message}.`,
    { transactionId, brokerType },
    { cause },
  );
}

function errorCodeOf(body: unknown): string | undefined {
  const code = typeof body === 'object' && body !== null && 'errorCode' in body ? body.errorCode : undefined;
  return typeof code === 'string' ? code : undefined;
}
