/** Why a request is rejected: with a transaction that has a number, unlike what cannot be read at all. */

/** Takes note of the first reason. Reading continues after it, so that the transaction can say all that was asked for. */
export class Rejection {
  #reason: string | undefined;

  /** OANDA's name of the first reason; undefined while there is none. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Notes a reason, unless there is one already. */
  add(reason: string): void {
    this.#reason ??= reason;
  }

  /** Notes a reason when something is not as it must be. */
  unless(isRight: boolean, reason: string): void {
    if (!isRight) this.add(reason);
  }
}

// The reasons that clients meet most, in OANDA's words; the others are named by their code.
const MESSAGES: Readonly<Record<string, string>> = {
  ORDER_DOESNT_EXIST: 'The Order specified does not exist',
  TRADE_DOESNT_EXIST: 'The Trade specified does not exist',
  CLOSEOUT_POSITION_DOESNT_EXIST: 'The Position requested to be closed out does not exist',
  CLOSE_TRADE_UNITS_EXCEED_TRADE_SIZE: 'The units specified to close exceed the size of the Trade',
  INSTRUMENT_MISSING: 'The instrument has not been specified',
  INSTRUMENT_PRICE_UNKNOWN: 'There is no price for the instrument',
  UNITS_MISSING: 'The units have not been specified',
  UNITS_INVALID: 'Order units specified are invalid',
  UNITS_PRECISION_EXCEEDED:
    "The units specified contain more precision than is allowed for the Order's instrument",
  UNITS_LIMIT_EXCEEDED: 'The units specified exceeds the maximum number of units allowed',
  UNITS_MINIMUM_NOT_MET: 'The units specified is less than the minimum number of units required',
  PRICE_MISSING: 'The price has not been specified',
  PRICE_INVALID: 'The price specified is invalid',
  PRICE_PRECISION_EXCEEDED: 'The price specified contains more precision than is allowed for the instrument',
  CLIENT_ORDER_ID_ALREADY_EXISTS:
    'The client Order ID specified is already assigned to another pending Order',
  CLIENT_TRADE_ID_ALREADY_EXISTS: 'The client Trade ID specified is already assigned to another open Trade',
};

/** Returns a sentence for a reason. */
export function messageOf(reason: string): string {
  const words = reason.toLowerCase().replaceAll('_', ' ');
  return MESSAGES[reason] ?? `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
