/** An engine and an exchange with a slow line between them: a test says when what was sent arrives, and when an answer does. */

import { PAPER_INSTRUMENTS } from '../../domain/paper-instruments.ts';
import { Engine } from '../../engine/engine.ts';
import { countIds, TEN_O_CLOCK } from '../../engine/testing/account.ts';
import { Exchange } from '../../simulation/exchange.ts';
import type { RiskLimits } from '../../domain/account.ts';
import type { Position } from '../../domain/position.ts';
import type { Transaction } from '../../domain/transaction.ts';
import type { Effect } from '../../engine/effect.ts';
import type { EngineEvent } from '../../engine/engine-event.ts';

export interface DelayedAccountOptions {
  readonly limits?: RiskLimits;
  readonly hedging?: boolean;
}

/** A US dollar account of 100,000.00, from Tuesday 5 March 2024, 10:00 UTC on. Prices reach both at once. */
export class DelayedAccount {
  readonly exchange: Exchange;
  readonly engine: Engine;
  /** The codes of what was denied, oldest first. */
  readonly codes: string[] = [];
  readonly newId = countIds('p');
  readonly #sent: Effect[] = [];
  readonly #written: (readonly Transaction[])[] = [];

  constructor({ limits = {}, hedging = false }: DelayedAccountOptions = {}) {
    const terms = { currency: 'USD', hedging, instruments: PAPER_INSTRUMENTS } as const;
    const costs = { slippagePoints: 0, commissionPerMillion: 0, conversionMarkup: 0.005 };
    this.exchange = new Exchange({ ...terms, costs });
    this.engine = new Engine({ ...terms, limits, conversionMarkup: 0.005, newId: countIds('e') });
    this.#written.push(this.exchange.openAccount(1_000_000_000, TEN_O_CLOCK));
    this.showAll();
  }

  /** What is really open. */
  get positions(): readonly Position[] {
    return [...this.exchange.ledger.openPositions.values()];
  }

  /** How many requests are on their way. */
  get sentCount(): number {
    return this.#sent.length;
  }

  /** A quote of EUR_USD with a spread of ten points, a second after the one before. */
  quote(bid: number, afterMs = 1_000): void {
    const quote = { instrument: 'EUR_USD', at: this.engine.at + afterMs, bid, ask: bid + 10 };
    this.#write(this.exchange.onQuote(quote));
    this.#send(this.engine.step({ type: 'quote', quote }));
  }

  /** Steps what a person asks for. */
  ask(event: EngineEvent): void {
    this.#send(this.engine.step(event));
  }

  /** One of the requests under way arrives; requests may overtake each other. */
  arrive(index = 0): void {
    const [effect] = this.#sent.splice(index % Math.max(this.#sent.length, 1), 1);
    if (effect?.type === 'submit-order') this.#write(this.exchange.submitOrder(effect.request));
    if (effect?.type === 'close-position') this.#write(this.exchange.closePosition(effect.request));
    if (effect?.type === 'change-protection') this.#write(this.exchange.changeProtection(effect.request));
    if (effect?.type === 'cancel-order')
      this.#write(this.exchange.cancelOrder(effect.brokerOrderId, effect.decidedAt));
  }

  /** One of the requests under way never arrives: an order or close is known to be refused, of a change nothing is heard. */
  lose(index = 0): void {
    const [effect] = this.#sent.splice(index % Math.max(this.#sent.length, 1), 1);
    if (effect?.type === 'submit-order' || effect?.type === 'close-position')
      this.ask({ type: 'request-refused', requestId: effect.request.id });
  }

  /** The next answer, or what else was written, is shown to the engine. */
  show(): void {
    this.#send(this.engine.absorb(this.#written.shift() ?? []).effects);
  }

  showAll(): void {
    while (this.#written.length > 0) this.show();
  }

  /** Everything arrives and is answered. */
  settle(): void {
    while (this.#sent.length > 0 || this.#written.length > 0) {
      this.arrive();
      this.showAll();
    }
  }

  /** Another program does something at the broker. */
  atBroker(act: (exchange: Exchange) => readonly Transaction[]): void {
    this.#write(act(this.exchange));
  }

  #write(transactions: readonly Transaction[]): void {
    if (transactions.length > 0) this.#written.push(transactions);
  }

  #send(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.type === 'deny') this.codes.push(effect.code);
      else if ('request' in effect || effect.type === 'cancel-order') this.#sent.push(effect);
    }
  }
}
