/**
 * The mailbox of an account: what people ask for is taken before what prices, the clock and the broker bring. After a request that had to be
 * waited for, such as an order that was recorded, the rest has a turn until something of it had to be waited for too. So a request waits for at
 * most one step of the account, and one for each request before it; and people who ask without a pause slow strategies down to half, not more.
 * Prices that wait are known to the engine before a request is judged.
 */

import { Mailbox } from '../core/shared/mailbox.ts';
import type { MailboxItem } from './mailbox-item.ts';

/** With this many waiting, quotes of one instrument conflate: the account is behind, and only the newest price matters. */
const CONFLATE_ABOVE = 1_000;

/** Two queues, each first in, first out. */
export class AccountMailbox {
  readonly #requests = newQueue();
  readonly #rest = newQueue();
  #isRestsTurn = false;
  #isFromRest = false;

  /** The number of items that wait. */
  get size(): number {
    return this.#requests.size + this.#rest.size;
  }

  /** Whether the item that was taken last came before others that wait longer. */
  get isAhead(): boolean {
    return !this.#isFromRest && this.#rest.size > 0;
  }

  /** Adds an item; one that a person asked for waits for no other. */
  push(item: MailboxItem, askedBy?: 'person'): void {
    (askedBy === 'person' ? this.#requests : this.#rest).push(item);
  }

  /** Takes the next item, or undefined when none waits. */
  shift(): MailboxItem | undefined {
    this.#isFromRest = this.#requests.size === 0 || (this.#isRestsTurn && this.#rest.size > 0);
    return (this.#isFromRest ? this.#rest : this.#requests).shift();
  }

  /** The item that was taken last has to be waited for. */
  noteWait(): void {
    this.#isRestsTurn = !this.#isFromRest;
  }
}

function newQueue(): Mailbox<MailboxItem> {
  return new Mailbox({
    conflateAbove: CONFLATE_ABOVE,
    conflateKey: (item) =>
      item.type === 'event' && item.event.type === 'quote' ? item.event.quote.instrument : undefined,
  });
}
