/** What an account and its open positions are worth, as it is streamed while it changes. */

import { Type } from 'typebox';
import type { Static } from 'typebox';
import { formatPrice } from '../../core/domain/instrument.ts';
import { formatMoney } from '../../core/domain/money.ts';
import { Decimal, Id } from '../../http/values.ts';
import { MoneyView, moneyView } from './account-view.ts';
import { namedObject } from '../../http/schemas.ts';
import { textFrame } from '../../stream/text-frame.ts';
import type { Outbox } from '../../stream/outbox.ts';
import type { Every } from '../../process/every.ts';
import type { LiveValues } from './live-valuation.ts';

/** Twice a second is as often as a person can read. */
const LOOK_EVERY_MS = 500;

export const AccountValuesView = namedObject('AccountValues', {
  kind: Type.Literal('values'),
  accountId: Id,
  money: MoneyView,
  positions: Type.Array(Type.Object({ id: Id, price: Decimal, unrealizedPnl: Decimal })),
});

/** What values are taken from, and how often. */
export interface AccountValuesSource {
  /** Undefined where the account does not run. */
  readonly valuesOf: (accountId: string) => LiveValues | undefined;
  readonly every: Every;
}

/** A socket that shows an account, and the values that it was sent last. */
interface Reader {
  readonly outbox: Outbox;
  sent: string;
}

interface Watched {
  readonly readers: Set<Reader>;
  readonly end: () => void;
}

/** Streams the values of accounts: what one is worth is looked at once for all sockets that show it. */
export class AccountValues {
  readonly #source: AccountValuesSource;
  readonly #watchedById = new Map<string, Watched>();

  constructor(source: AccountValuesSource) {
    this.#source = source;
  }

  /**
   * Sends what changed since the last time, at most twice a second, until the returned function is called. A client that is behind is
   * sent nothing until it has caught up, and then the newest values only.
   */
  stream(accountId: string, outbox: Outbox): () => void {
    const watched = this.#watchedById.get(accountId) ?? this.#watch(accountId);
    const reader = { outbox, sent: '' };
    watched.readers.add(reader);
    return () => {
      if (!watched.readers.delete(reader) || watched.readers.size > 0) return;
      this.#watchedById.delete(accountId);
      watched.end();
    };
  }

  #watch(accountId: string): Watched {
    const readers = new Set<Reader>();
    const end = this.#source.every(() => this.#look(accountId, readers), LOOK_EVERY_MS);
    const watched = { readers, end };
    this.#watchedById.set(accountId, watched);
    return watched;
  }

  #look(accountId: string, readers: ReadonlySet<Reader>): void {
    const clear = [...readers].filter(({ outbox }) => outbox.isClear);
    const values = clear.length > 0 && this.#source.valuesOf(accountId);
    if (!values) return;
    const view = valuesView(accountId, values);
    const { at: _at, ...money } = view.money;
    // Time alone is no change.
    const shown = JSON.stringify([money, view.positions]);
    let frame: Buffer | undefined;
    for (const reader of clear) {
      if (reader.sent === shown) continue;
      reader.sent = shown;
      frame ??= textFrame(JSON.stringify({ type: 'data', channel: 'account', data: view }));
      reader.outbox.sendFrame(frame);
    }
  }
}

function valuesView(
  accountId: string,
  { snapshot, positions }: LiveValues,
): Static<typeof AccountValuesView> {
  return {
    kind: 'values',
    accountId,
    money: moneyView(snapshot),
    positions: positions.map(({ id, price, unrealizedPnl, ...precision }) => ({
      id,
      price: formatPrice(precision, price),
      unrealizedPnl: formatMoney(unrealizedPnl),
    })),
  };
}
