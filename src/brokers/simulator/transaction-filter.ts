/** The words of the parameter `type`, which chooses transactions. */

import type { WireTransaction } from './wire/translation.ts';

const ORDER_TYPES = [
  'MARKET',
  'FIXED_PRICE',
  'LIMIT',
  'STOP',
  'MARKET_IF_TOUCHED',
  'TAKE_PROFIT',
  'STOP_LOSS',
  'GUARANTEED_STOP_LOSS',
  'TRAILING_STOP_LOSS',
].flatMap((type) => [`${type}_ORDER`, `${type}_ORDER_REJECT`]);

const OF_ORDERS: ReadonlySet<string> = new Set([
  ...ORDER_TYPES,
  'ORDER_FILL',
  'ORDER_CANCEL',
  'ORDER_CANCEL_REJECT',
  'ORDER_CLIENT_EXTENSIONS_MODIFY',
  'ORDER_CLIENT_EXTENSIONS_MODIFY_REJECT',
  'TRADE_CLIENT_EXTENSIONS_MODIFY',
  'TRADE_CLIENT_EXTENSIONS_MODIFY_REJECT',
]);

const OF_FUNDING: ReadonlySet<string> = new Set([
  'TRANSFER_FUNDS',
  'TRANSFER_FUNDS_REJECT',
  'DAILY_FINANCING',
  'DIVIDEND_ADJUSTMENT',
  'RESET_RESETTABLE_PL',
]);

const OF_ADMIN: ReadonlySet<string> = new Set([
  'CREATE',
  'CLOSE',
  'REOPEN',
  'CLIENT_CONFIGURE',
  'CLIENT_CONFIGURE_REJECT',
  'MARGIN_CALL_ENTER',
  'MARGIN_CALL_EXTEND',
  'MARGIN_CALL_EXIT',
  'DELAYED_TRADE_CLOSURE',
]);

const GROUPS: Readonly<Record<string, ReadonlySet<string>>> = {
  ORDER: OF_ORDERS,
  FUNDING: OF_FUNDING,
  ADMIN: OF_ADMIN,
};

/** Returns whether the word is a type of transactions or a group of types. */
export function isTypeFilter(word: string): boolean {
  return Object.hasOwn(GROUPS, word) || Object.values(GROUPS).some((types) => types.has(word));
}

/** Returns whether one of the words means the transaction; all do when there are none. */
export function matchesType({ type }: WireTransaction, words: readonly string[] | undefined): boolean {
  return words === undefined || words.some((word) => word === type || GROUPS[word]?.has(type) === true);
}
