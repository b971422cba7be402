/** Looks at what passes between an account and its broker, and shows the account the time by hand. */

import type { Broker, BrokerAnswer, BrokerListener } from '../../src/brokers/broker.ts';
import type { Transaction } from '../../src/core/domain/transaction.ts';

/** Changes nothing of what passes but the clock. */
export class WatchedBroker {
  readonly broker: Broker;
  /** The newest price that reached the account (UTC ms of the market). */
  quotedAt = -Infinity;
  /** The newest transaction that the account was given. */
  knownTransactionId = 0;
  isConnected = false;
  #listener: BrokerListener | undefined;
  #requests = 0;

  constructor(broker: Broker) {
    this.broker = broker;
    const { connect, transactionsSince, submitOrder, closePosition, cancelOrder, changeProtection } =
      boundTo(broker);
    broker.connect = (listener, instruments) => connect(this.#watch(listener), instruments);
    broker.transactionsSince = async (id) => {
      const log = await this.#counted(transactionsSince(id));
      this.#know(log);
      return log;
    };
    broker.submitOrder = (request) => this.#answered(submitOrder(request));
    broker.closePosition = (request) => this.#answered(closePosition(request));
    broker.cancelOrder = (id, at) => this.#answered(cancelOrder(id, at));
    broker.changeProtection = (request) => this.#answered(changeProtection(request));
  }

  /** Whether no request is under way. */
  get isAnswered(): boolean {
    return this.#requests === 0;
  }

  readonly showTime = (at: number): void => this.#listener?.onClock(at, at);

  #watch(listener: BrokerListener): BrokerListener {
    this.#listener = listener;
    return {
      ...listener,
      onClock: () => undefined,
      onQuote: (quote) => {
        listener.onQuote(quote);
        this.quotedAt = Math.max(this.quotedAt, quote.at);
      },
      onTransactions: (transactions) => {
        listener.onTransactions(transactions);
        this.#know(transactions);
      },
      onConnection: (state) => {
        listener.onConnection(state);
        this.isConnected = state === 'connected';
      },
    };
  }

  async #answered(request: Promise<BrokerAnswer>): Promise<BrokerAnswer> {
    const answer = await this.#counted(request);
    if (answer.outcome === 'answered') this.#know(answer.transactions);
    return answer;
  }

  async #counted<T>(request: Promise<T>): Promise<T> {
    this.#requests += 1;
    try {
      return await request;
    } finally {
      this.#requests -= 1;
    }
  }

  #know(transactions: readonly Transaction[]): void {
    for (const { id } of transactions) this.knownTransactionId = Math.max(this.knownTransactionId, id);
  }
}

function boundTo(broker: Broker) {
  return {
    connect: broker.connect.bind(broker),
    transactionsSince: broker.transactionsSince.bind(broker),
    submitOrder: broker.submitOrder.bind(broker),
    closePosition: broker.closePosition.bind(broker),
    cancelOrder: broker.cancelOrder.bind(broker),
    changeProtection: broker.changeProtection.bind(broker),
  };
}
