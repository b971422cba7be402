/** Every reason why we refuse a request before the broker sees it, with what a person can do about it. */

import type { DenialField } from './denial-field.ts';

/** One reason: what is the case, what to do about it, and the field that it is about where the rule names no other. */
export interface DenialReason {
  readonly reason: string;
  readonly remedy: string;
  readonly field: DenialField;
}

const because = (field: DenialField, reason: string, remedy: string): DenialReason => ({
  reason,
  remedy,
  field,
});

const RESUME_AGAIN = 'A person resumes the account; it halts again while that is so.';

/** The reasons by their codes, in the order in which the documentation lists them. */
export const DENIALS = {
  'account-halted': because(
    'accountId',
    'The account is halted: no new exposure, closing stays allowed.',
    'Resume it first.',
  ),
  'market-closed': because(
    'instrument',
    'The instrument does not trade now: its tradingHours say when it does (forex from Sunday 17:03 to Friday 16:58 New York time, with a daily pause from 16:58 to 17:03, and not on 25 December and 1 January).',
    'Wait until it opens.',
  ),
  'no-quote': because('instrument', 'There is no quote of this instrument yet.', 'Wait for the first one.'),
  'stale-quote': because('instrument', 'The last price is too old to trade on.', 'Wait for the next one.'),
  'spread-too-wide': because(
    'instrument',
    "The spread is wider than the account's maxSpreadPips.",
    'Wait for a narrower one, or raise the limit.',
  ),
  'order-units-exceeded': because(
    'units',
    "The order has more units than the account's maxOrderUnits or the maximumOrderUnits of the instrument.",
    'Order fewer units, or raise the limit of the account.',
  ),
  'position-units-exceeded': because(
    'units',
    "The order could make the position larger than the account's maxPositionUnits or the maximumPositionUnits of the instrument.",
    'Order fewer units, or cancel orders that wait.',
  ),
  'daily-loss-exceeded': because(
    'accountId',
    'The account has lost its maxDailyLoss (the day ends at 17:00 New York time).',
    'Wait, or resume it.',
  ),
  'weekly-loss-exceeded': because(
    'accountId',
    'The account has lost its maxWeeklyLoss (the week ends on Friday at 17:00 New York time).',
    'Wait, or resume it.',
  ),
  'profit-target-reached': because(
    'accountId',
    'The equity has reached the profitTarget of the account.',
    'Set another one or none, and resume the account.',
  ),
  'profit-locked': because(
    'accountId',
    "The day's profit has fallen to what the profitLock of the account keeps (the day ends at 17:00 New York time).",
    'Wait, or resume it.',
  ),
  'margin-guard-reached': because(
    'accountId',
    'The marginCloseoutPercent has reached the marginGuard of the account.',
    RESUME_AGAIN,
  ),
  'prop-drawdown-exceeded': because(
    'accountId',
    'The equity has fallen to the lowest that the propRules of the account allow.',
    RESUME_AGAIN,
  ),
  'prop-daily-loss-exceeded': because(
    'accountId',
    'The account has lost the maxDailyLoss of its propRules.',
    RESUME_AGAIN,
  ),
  'prop-target-reached': because(
    'accountId',
    'The balance has reached the profitTarget of the propRules of the account.',
    RESUME_AGAIN,
  ),
  'instrument-not-allowed': because(
    'instrument',
    "The instrument is not among the account's allowedInstruments.",
    'Choose one of them, or add it there.',
  ),
  'instrument-unknown': because(
    'instrument',
    'The account does not have this instrument.',
    'GET /instruments with its accountId lists those that it has.',
  ),
  'instrument-not-supported': because(
    'instrument',
    'The units of the instrument have more digits after the point than this server can add exactly.',
    'Trade another instrument.',
  ),
  'units-invalid': because(
    'units',
    'The units must be above zero and at least the least of the instrument, with no more digits after the point than it has.',
    'Its minimumUnits and unitsPrecision say what it takes.',
  ),
  'price-invalid': because(
    'price',
    'The price is missing or not allowed for this order type.',
    'Market orders have no price and all others have one; limit orders have no priceBound.',
  ),
  'stop-loss-on-wrong-side': because(
    'stopLoss',
    'The stop loss is on the wrong side of the price.',
    'It lies below the price of what is bought and above that of what is sold; at the market also beyond the spread.',
  ),
  'take-profit-on-wrong-side': because(
    'takeProfit',
    'The take profit is on the wrong side of the price.',
    'It lies above the price of what is bought and below that of what is sold.',
  ),
  'trailing-distance-invalid': because(
    'trailingDistance',
    'The trailing distance is outside the minimumTrailingDistance and maximumTrailingDistance of the instrument.',
    'Choose one between them.',
  ),
  'expiry-invalid': because(
    'expiresAt',
    "A GTD order needs an expiresAt in the market's future; others must have none.",
    "Send one that is later than the market's time, which may differ from the clock's.",
  ),
  'time-in-force-invalid': because(
    'timeInForce',
    'The type of the order does not go with its timeInForce.',
    'Market orders are FOK or IOC; limit and stop orders are GTC, GTD, GFD, FOK or IOC; all others are GTC, GTD or GFD.',
  ),
  'insufficient-margin': because(
    'units',
    "The order needs more than the account's marginAvailable.",
    'Order fewer units, or close something first.',
  ),
  'no-conversion-price': because(
    'instrument',
    "No price, or only too old a one, converts the instrument's currency to the account's.",
    'Wait for one.',
  ),
  'position-unknown': because(
    'positionId',
    'There is no open position that this could close, reduce or protect.',
    'GET /positions with status=open lists those that are open.',
  ),
  'order-unknown': because(
    'id',
    'There is no such open order.',
    'GET /orders with status=open lists those that are open.',
  ),
  'position-side-missing': because(
    'side',
    'The account is long and short in this instrument.',
    'Name the side to close.',
  ),
  'protection-exists': because(
    'type',
    'The position has an order of this type already.',
    'Change that one, with PATCH /positions/{id} or PATCH /orders/{id}.',
  ),
  'price-and-distance': because(
    'stopLossDistance',
    'A stop loss or take profit has a price or a distance, not both.',
    'Leave one of them out.',
  ),
  'trigger-condition-invalid': because(
    'triggerCondition',
    'A market order waits for no price, so it has no trigger condition.',
    'Leave triggerCondition out.',
  ),
  'position-fill-invalid': because(
    'positionFill',
    'An order that protects a position only ever reduces it.',
    'Leave positionFill out.',
  ),
  'tag-invalid': because('tag', 'A tag or comment has at most 128 characters.', 'Shorten it.'),
  'oco-group-invalid': because(
    'ocoGroup',
    'The name of a group has 1 to 64 characters, and its orders are of type limit, stop or market_if_touched.',
    'Shorten the name, or leave ocoGroup out.',
  ),
  'oco-group-filled': because(
    'ocoGroup',
    'An order of this group has filled.',
    'A new group needs a name of its own.',
  ),
  'pending-orders-exceeded': because(
    'accountId',
    'The account has as many orders at the broker as it may have.',
    'Cancel one first.',
  ),
  'open-positions-exceeded': because(
    'accountId',
    'The account has as many open positions as it may have, with the entries that may still open one.',
    'Close one or cancel an entry first, or raise its maxOpenPositions.',
  ),
  'order-rate-exceeded': because(
    'accountId',
    'The account has sent its maxOrdersPerMinute.',
    'Wait, or look at what sends so many.',
  ),
  'daily-trades-exceeded': because(
    'accountId',
    "The trading day has opened the account's maxTradesPerDay, with the entries that may still open one.",
    'Wait until the day ends at 17:00 New York time, or raise the limit.',
  ),
  'spread-unusual': because(
    'instrument',
    "The spread is wider than the account's maxSpreadRatio allows for this hour of the week.",
    'Wait until it is usual again.',
  ),
  'stop-loss-required': because(
    'stopLoss',
    "The account's requireStopLoss wants a stop with each entry.",
    'Send stopLoss, stopLossDistance or trailingDistance.',
  ),
  'before-weekend': because(
    'instrument',
    "The market closes soon for a weekend or a holiday: the account's weekend rule opens nothing before that.",
    'Wait until it opens again.',
  ),
  'around-roll-over': because(
    'instrument',
    "The trading day turns at 17:00 New York time: the account's rollOver opens nothing around it.",
    'Wait until that is over.',
  ),
  'news-window': because(
    'instrument',
    "One of the account's newsWindows opens nothing in this instrument now.",
    'Wait until it ends.',
  ),
  'currency-exposure-exceeded': because(
    'units',
    "The order could make the net exposure to one of its two currencies larger than the account's maxCurrencyExposure.",
    'Order fewer units, or close something in that currency first.',
  ),
  'exposure-exceeded': because(
    'units',
    "The order could make the value of all positions larger than the account's maxExposure.",
    'Order fewer units, or close something first.',
  ),
  'replacement-invalid': because(
    'type',
    'An order is replaced by one of the same instrument, type and side.',
    'Cancel it and place another one instead.',
  ),
  'fifo-close-violated': because(
    'positionId',
    'The rules for accounts in the United States want the older position of the same size closed first.',
    'Close the position named in "first".',
  ),
  'fifo-protection-violated': because(
    'units',
    'The rules for accounts in the United States let only one of several positions of the same size have a stop loss, take profit or trailing stop.',
    'Use another number of units.',
  ),
  'close-units-exceed-position': because(
    'units',
    'The position has fewer open units than that.',
    'Close at most what is open, or leave units out to close all of it.',
  ),
  'close-in-progress': because(
    'positionId',
    'The position is already being closed.',
    'Wait until that is done.',
  ),
  'size-too-small': because(
    'units',
    'The risk allows less than the least units of the instrument.',
    'Allow more risk, or set a nearer stop.',
  ),
} as const satisfies Record<string, DenialReason>;

/** The code of a denial, as in the problem `order-denied`. */
export type DenialCode = keyof typeof DENIALS;

/** Returns whether a text is the code of a denial. */
export function isDenialCode(code: string): code is DenialCode {
  return Object.hasOwn(DENIALS, code);
}
