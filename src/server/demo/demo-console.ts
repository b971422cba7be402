/** What the demo prints of the stream: a line for each thing that happened, and a quote now and then. */

import type { DataFrame } from '../channels.ts';

type AccountData = Exclude<Extract<DataFrame, { channel: 'account' }>['data'], { kind: 'values' }>;
type QuotesData = Extract<DataFrame, { channel: 'quotes' }>['data'];
type Order = AccountData['orders'][number];
type Trade = AccountData['trades'][number];

/** Quotes come many times a second; a person reads one in this time. */
const QUOTES_EVERY_MS = 3_000;

/** Prints what happens, and counts what the demo waits for. */
export class DemoConsole {
  readonly #print: (line: string) => void;
  readonly #seen = new Set<string>();
  #quotesPrintedAt = 0;
  #balance: string | undefined;
  #fills = 0;
  #trades = 0;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Orders filled and trades closed so far. */
  get shown(): { readonly fills: number; readonly trades: number } {
    return { fills: this.#fills, trades: this.#trades };
  }

  /** Takes the next data frame of the stream. */
  show(frame: DataFrame): void {
    if (frame.channel === 'quotes') this.#showQuotes(frame.data);
    if (frame.channel === 'account' && frame.data.kind !== 'values') this.#showAccount(frame.data);
  }

  #showQuotes({ quotes }: QuotesData): void {
    const now = Date.now();
    if (now - this.#quotesPrintedAt < QUOTES_EVERY_MS) return;
    this.#quotesPrintedAt = now;
    for (const { instrument, at, bid, ask } of quotes)
      this.#line(at, 'quote', `${instrument}  ${bid} / ${ask}`);
  }

  #showAccount({ account, orders, trades }: AccountData): void {
    for (const order of orders) this.#showOrder(order);
    const before = this.#balance;
    this.#balance = account.money?.balance;
    for (const trade of trades) this.#showTrade(trade, account.currency);
    if (trades.length > 0)
      this.#print(`${' '.repeat(19)}balance  ${before ?? '?'} → ${this.#balance ?? '?'} ${account.currency}`);
  }

  #showOrder({ id, status, type, side, units, instrument, averagePrice, filledAt }: Order): void {
    if (status !== 'filled' || filledAt === null || !this.#isNew(id)) return;
    this.#fills += 1;
    this.#line(filledAt, 'fill', `${type} ${side} ${units} ${instrument} at ${averagePrice ?? '?'}`);
  }

  #showTrade(
    { id, closedAt, side, units, instrument, entryPrice, exitPrice, exitReason, result }: Trade,
    currency: string,
  ): void {
    if (!this.#isNew(id)) return;
    this.#trades += 1;
    this.#line(
      closedAt,
      'trade',
      `${side} ${units} ${instrument}  ${entryPrice} → ${exitPrice} (${exitReason})  ${signed(result)} ${currency}`,
    );
  }

  #isNew(id: string): boolean {
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    return true;
  }

  #line(at: string, kind: string, text: string): void {
    this.#print(`${at.slice(5, 16).replace('T', ' ')}  ${kind.padStart(7)}  ${text}`);
  }
}

function signed(amount: string): string {
  return amount.startsWith('-') ? amount : `+${amount}`;
}
