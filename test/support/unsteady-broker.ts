/** A broker behind a bad line: a test decides what becomes of each request and of its answer. */
import type { Broker, BrokerAnswer, BrokerListener } from '../../src/brokers/broker.ts';

/**
 * `passes`: answered at once. `hangs`: neither arrives nor is answered before `release`. `arrives`: takes effect, and its answer is lost.
 * `vanishes`: never arrives, which no one can know. `is late`: its answer is lost, and it arrives at `release`.
 */
export type Fate = 'passes' | 'hangs' | 'arrives' | 'vanishes' | 'is late';

/** Wraps the broker of one account. */
export class UnsteadyBroker {
  /** What becomes of requests from now on. */
  fate: Fate = 'passes';
  lateArrivalMs = 3_600_000;
  /** Whether the transactions of a request come on the stream before its answer. */
  isStreamFirst = false;
  /** Every request that left, in order: `submit ID`, `close POSITION UNITS`, `cancel ORDER`, `protect POSITION`. */
  readonly sent: string[] = [];
  readonly #held: (() => void)[] = [];
  #listener: BrokerListener | undefined;

  /** Lets everything that hangs arrive and be answered, in the order in which it was sent. */
  release(): void {
    for (const arrive of this.#held.splice(0)) arrive();
  }

  over(broker: Broker): Broker {
    return {
      lateArrivalMs: this.lateArrivalMs,
      instruments: broker.instruments,
      get nextClockAt() {
        return broker.nextClockAt;
      },
      marketTime: () => broker.marketTime(),
      connect: (listener, instruments) => {
        this.#listener = listener;
        return broker.connect(listener, instruments);
      },
      snapshot: () => broker.snapshot(),
      candles: (request) => broker.candles(request),
      candlePage: (request) => broker.candlePage(request),
      transactionsSince: (id) => broker.transactionsSince(id),
      submitOrder: (request) => this.#send(`submit ${request.id}`, () => broker.submitOrder(request)),
      closePosition: (request) =>
        this.#send(`close ${request.brokerPositionId} ${request.units ?? 'ALL'}`, () =>
          broker.closePosition(request),
        ),
      cancelOrder: (id, at) => this.#send(`cancel ${id}`, () => broker.cancelOrder(id, at)),
      changeProtection: (request) =>
        this.#send(`protect ${request.brokerPositionId}`, () => broker.changeProtection(request)),
      setMarginRate: (rate) => broker.setMarginRate(rate),
      saveState: () => broker.saveState(),
      close: () => broker.close(),
    };
  }

  async #send(what: string, request: () => Promise<BrokerAnswer>): Promise<BrokerAnswer> {
    this.sent.push(what);
    const { fate } = this;
    if (fate === 'is late') this.#held.push(() => void request());
    if (fate === 'vanishes' || fate === 'is late')
      return { outcome: 'unknown', cause: new Error('the connection broke') };
    if (fate === 'hangs') await new Promise<void>((resolve) => this.#held.push(resolve));
    const answer = await request();
    if (fate === 'arrives') return { outcome: 'unknown', cause: new Error('the answer was lost') };
    if (this.isStreamFirst && answer.outcome === 'answered')
      this.#listener?.onTransactions(answer.transactions);
    return answer;
  }
}
