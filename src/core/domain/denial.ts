/** Why we refuse an order before the broker sees it. */

/** Every reason with a sentence for the person or the log. */
export const DENIALS = {
  'account-halted': 'The account is halted: no new exposure, closing stays allowed. Resume it first.',
  'market-closed':
    'The instrument does not trade now: its tradingHours say when it does (forex from Sunday 17:03 to Friday 16:58 New York time, with a daily pause from 16:58 to 17:03, and not on 25 December and 1 January).',
  'no-quote': 'There is no quote of this instrument yet; wait for the first one.',
  'stale-quote': 'The last price is too old to trade on; wait for the next one.',
  'spread-too-wide': "The spread is wider than the account's maxSpreadPips.",
  'order-units-exceeded': "The order has more units than the account's maxOrderUnits.",
  'position-units-exceeded': "The order could make the position larger than the account's maxPositionUnits.",
  'daily-loss-exceeded':
    'The account has lost its maxDailyLoss (the day ends at 17:00 New York time). Wait, or resume it.',
  'weekly-loss-exceeded':
    'The account has lost its maxWeeklyLoss (the week ends on Friday at 17:00 New York time). Wait, or resume it.',
  'profit-target-reached':
    'The equity has reached the profitTarget of the account. Set another one or none, and resume the account.',
  'profit-locked':
    "The day's profit has fallen to what the profitLock of the account keeps (the day ends at 17:00 New York time). Wait, or resume it.",
  'margin-guard-reached':
    'The marginCloseoutPercent has reached the marginGuard of the account. It stays halted until a person resumes it, and halts again while that is so.',
  'prop-drawdown-exceeded':
    'The equity has fallen to the lowest that the propRules of the account allow. It stays halted until a person resumes it, and halts again while that is so.',
  'prop-daily-loss-exceeded':
    'The account has lost the maxDailyLoss of its propRules. It stays halted until a person resumes it, and halts again while that is so.',
  'prop-target-reached':
    'The balance has reached the profitTarget of the propRules of the account. It stays halted until a person resumes it, and halts again while that is so.',
  'instrument-not-allowed': "The instrument is not among the account's allowedInstruments.",
  'instrument-unknown':
    'The account does not have this instrument: GET /instruments with its accountId lists those that it has.',
  'instrument-not-supported':
    'The units of the instrument have more digits after the point than this server can add exactly.',
  'units-invalid':
    'The units must be above zero and at least the least of the instrument, with no more digits after the point than it has.',
  'price-invalid': 'The price is missing or not allowed for this order type.',
  'stop-loss-on-wrong-side': 'The stop loss is on the wrong side of the price.',
  'take-profit-on-wrong-side': 'The take profit is on the wrong side of the price.',
  'trailing-distance-invalid':
    'The trailing distance is outside the minimumTrailingDistance and maximumTrailingDistance of the instrument.',
  'expiry-invalid': "A GTD order needs an expiresAt in the market's future; others must have none.",
  'time-in-force-invalid':
    'Market orders are FOK or IOC; limit and stop orders are GTC, GTD, GFD, FOK or IOC; all others are GTC, GTD or GFD.',
  'insufficient-margin': "The order needs more than the account's marginAvailable.",
  'no-conversion-price':
    "No price, or only too old a one, converts the instrument's currency to the account's.",
  'position-unknown': 'There is no open position that this could close, reduce or protect.',
  'order-unknown': 'There is no such open order.',
  'position-side-missing': 'The account is long and short in this instrument: name the side to close.',
  'protection-exists': 'The position has an order of this type already; change that one.',
  'price-and-distance': 'A stop loss or take profit has a price or a distance, not both.',
  'trigger-condition-invalid': 'A market order waits for no price, so it has no trigger condition.',
  'position-fill-invalid': 'An order that protects a position only ever reduces it: leave positionFill out.',
  'tag-invalid': 'A tag or comment has at most 128 characters.',
  'oco-group-invalid':
    'The name of a group has 1 to 64 characters, and its orders are of type limit, stop or market_if_touched.',
  'oco-group-filled': 'An order of this group has filled. A new group needs a name of its own.',
  'pending-orders-exceeded': 'The account has as many orders at the broker as it may have.',
  'open-positions-exceeded':
    'The account has as many open positions as it may have, with the entries that may still open one: see its maxOpenPositions.',
  'order-rate-exceeded': 'The account has sent its maxOrdersPerMinute. Wait, or look at what sends so many.',
  'daily-trades-exceeded':
    "The trading day has opened the account's maxTradesPerDay, with the entries that may still open one. It ends at 17:00 New York time.",
  'spread-unusual':
    "The spread is wider than the account's maxSpreadRatio allows for this hour of the week. Wait until it is usual again.",
  'stop-loss-required':
    "The account's requireStopLoss wants a stop with each entry: stopLoss, stopLossDistance or trailingDistance.",
  'before-weekend':
    "The market closes soon for a weekend or a holiday: the account's weekend rule opens nothing before that.",
  'around-roll-over':
    "The trading day turns at 17:00 New York time: the account's rollOver opens nothing around it.",
  'news-window': "One of the account's newsWindows opens nothing in this instrument now.",
  'currency-exposure-exceeded':
    "The order could make the net exposure to one of its two currencies larger than the account's maxCurrencyExposure.",
  'exposure-exceeded':
    "The order could make the value of all positions larger than the account's maxExposure.",
  'replacement-invalid': 'An order is replaced by one of the same instrument, type and side.',
  'fifo-close-violated':
    'The rules for accounts in the United States want the older position of the same size closed first.',
  'fifo-protection-violated':
    'The rules for accounts in the United States let only one of several positions of the same size have a stop loss, take profit or trailing stop. Use another number of units.',
  'close-units-exceed-position': 'The position has fewer open units than that.',
  'close-in-progress': 'The position is already being closed.',
  'size-too-small': 'The risk allows less than one unit.',
} as const satisfies Record<string, string>;

/** The code of a denial, as in the problem `order-denied`. */
export type DenialCode = keyof typeof DENIALS;

/** The field of a request that a denial is about, as a person names it. */
export type DenialField =
  | 'instrument'
  | 'type'
  | 'units'
  | 'price'
  | 'priceBound'
  | 'takeProfit'
  | 'takeProfitDistance'
  | 'stopLoss'
  | 'stopLossDistance'
  | 'trailingDistance'
  | 'timeInForce'
  | 'expiresAt'
  | 'triggerCondition'
  | 'positionFill'
  | 'tag'
  | 'comment'
  | 'ocoGroup'
  | 'positionId'
  | 'side';

/**
 * A number that a denial rests on: money in ten-thousandths of the account's currency, prices and distances in points of the request's
 * instrument, spreads in tenths of a pip, durations in ms, positions by their number at the
 * broker; units as they are.
 */
export interface DenialNumber {
  readonly kind: 'money' | 'units' | 'price' | 'pips' | 'duration' | 'position';
  readonly value: number;
}

/** The numbers of a denial by what each is: `needed`, `available`, `limit`, `price`, … */
export type DenialNumbers = Readonly<Record<string, DenialNumber>>;

/** Why a request is denied: the reason, the field that it is about, if it is about one, and the numbers that it rests on. */
export interface Denial {
  readonly code: DenialCode;
  readonly field?: DenialField | undefined;
  readonly numbers?: DenialNumbers | undefined;
}

/** Returns an amount in ten-thousandths as a number of a denial. */
export const moneyNumber = (value: number): DenialNumber => ({ kind: 'money', value });

/** Returns units as a number of a denial. */
export const unitsNumber = (value: number): DenialNumber => ({ kind: 'units', value });

/** Returns a price or distance in points as a number of a denial. */
export const priceNumber = (value: number): DenialNumber => ({ kind: 'price', value });

/** Returns a spread in tenths of a pip as a number of a denial. */
export const pipsNumber = (value: number): DenialNumber => ({ kind: 'pips', value });

/** Returns ms as a number of a denial. */
export const durationNumber = (value: number): DenialNumber => ({ kind: 'duration', value });

/** Returns a position as a number of a denial. */
export const positionNumber = (value: number): DenialNumber => ({ kind: 'position', value });
