/** The contract of every strategy type: pure decisions from prices and fills, with state that can be saved and restored. */

import type { TObject } from 'typebox';
import type { Candle, Granularity } from '../domain/candle.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { EntryOrderType, OrderType, Protection, TimeInForce } from '../domain/order.ts';
import type { Position, PositionSide } from '../domain/position.ts';
import type { Quote } from '../domain/quote.ts';
import type { Json } from '../shared/json.ts';
import type { OrderFilled } from '../domain/transaction.ts';

/** The settings of one strategy, checked against its type's schema. */
export type StrategyParameters = { readonly [name: string]: Json };

/** Names what an intent is for. At most 64 characters of letters, digits, `.`, `_`, `:` and `-`. */
export type IntentTag = string;

/** How large an entry is: units of the instrument, or the units whose loss at `stopDistance` points is this part of equity (0.01 is 1 %). */
export type EntrySize =
  | { readonly units: number }
  | { readonly riskFraction: number; readonly stopDistance: number };

/**
 * Intents of one tag are carried out one after the other, and those of different tags beside each other. What has no tag has one
 * row of its own. The tag of an entry is kept by its order and its position, over a restart too.
 */
interface Tagged {
  readonly tag?: IntentTag | undefined;
}

/** A wish to open a position. Prices are points; a limit or stop order needs `price`. */
export interface OpenIntent extends Protection, Tagged {
  readonly type: 'open';
  /** One of the strategy's other instruments; its configured one when left out. */
  readonly instrument?: string | undefined;
  readonly side: PositionSide;
  readonly size: EntrySize;
  readonly orderType: EntryOrderType;
  readonly price?: number | undefined;
  readonly timeInForce?: TimeInForce | undefined;
  readonly expiresAt?: number | undefined;
  /**
   * The group of which one order cancels the others when it fills, in whole or in part; written like a tag. Its name is used up then:
   * what is opened in it later is denied.
   */
  readonly ocoGroup?: string | undefined;
}

/** A wish to close a position it names, all of it or `units` of it. */
export interface CloseIntent extends Tagged {
  readonly type: 'close';
  readonly brokerPositionId: number;
  readonly units?: number | undefined;
}

/** A wish to change a position's protection: undefined leaves a part as it is, null removes it. */
export interface ModifyIntent extends Tagged {
  readonly type: 'modify';
  readonly brokerPositionId: number;
  readonly takeProfit?: number | null | undefined;
  readonly stopLoss?: number | null | undefined;
  readonly trailingDistance?: number | null | undefined;
}

/** A wish to cancel an order of its own, by the id that the view shows. One that is on its way is cancelled as soon as it rests. */
export interface CancelIntent {
  readonly type: 'cancel';
  readonly orderId: string;
}

/** What a strategy wants. Intents of one answer and tag are carried out one after the other, each when the one before has settled. */
export type Intent = QueuedIntent | CancelIntent;

/** The intents that are carried out in turn. */
export type QueuedIntent = OpenIntent | CloseIntent | ModifyIntent;

/** An entry order of a strategy: on its way to the broker, or resting there. Prices are points. */
export interface StrategyOrder {
  readonly id: string;
  readonly tag: IntentTag | undefined;
  readonly instrument: string;
  readonly side: PositionSide;
  readonly orderType: OrderType;
  readonly units: number;
  readonly price: number | undefined;
  readonly isResting: boolean;
}

/** What a strategy may look at when it decides. All of it is of the present moment. Money is ten-thousandths of the account's currency. */
export interface StrategyView {
  /** The account's market time in UTC ms. */
  readonly at: number;
  /** The newest quote of its configured instrument. */
  readonly quote: Quote | undefined;
  /** The newest quote of one of its instruments. */
  readonly quoteOf: (instrument: string) => Quote | undefined;
  /** Its own open positions, oldest first. */
  readonly positions: readonly Position[];
  /** Its own entry orders, those that rest first. */
  readonly orders: readonly StrategyOrder[];
  /** Whether an intent of this strategy waits, is on its way to the broker or rests there. */
  readonly hasOpenOrder: boolean;
  /** The same for one tag. An open of this tag is dropped while it is true. */
  readonly isUnderWay: (tag: IntentTag) => boolean;
  /** Balance and open result of the account. */
  readonly equity: number;
  readonly marginUsed: number;
  readonly marginAvailable: number;
  /** Whether the account may be long and short at once; others net. */
  readonly hedging: boolean;
}

/** The answer of a strategy that wants nothing; shared so that the usual case allocates nothing. */
export const NO_INTENTS: readonly Intent[] = [];

/** How many closed candles a strategy has seen of those that it needs before it may trade. */
export interface WarmUp {
  readonly seen: number;
  readonly needed: number;
}

/** The decisions of one configured strategy. Fed the same events they are the same. */
export interface Decisions {
  /** The granularities whose closed candles it wants, of each of its instruments. */
  readonly granularities: readonly Granularity[];
  /** A candle of one of its instruments closed. */
  onCandle(candle: Candle, view: StrategyView): readonly Intent[];
  /** A quote of one of its instruments came; left out by types that decide on candles only. */
  readonly onQuote?: ((quote: Quote, view: StrategyView) => readonly Intent[]) | undefined;
  /** One of its orders was filled, or one of its positions closed. */
  readonly onFill?: ((fill: OrderFilled, view: StrategyView) => readonly Intent[]) | undefined;
  /** The time that `wakesAt` named has come (UTC ms): exactly that time, whether or not there was a quote. */
  readonly onClock?: ((at: number, view: StrategyView) => readonly Intent[]) | undefined;
  /**
   * The market time (UTC ms) at which it wants `onClock` next; undefined or Infinity when it does not. It is read after each call,
   * and must follow from what `save` returns. A time that has passed by then is an error of the strategy.
   */
  readonly wakesAt?: number | undefined;
}

/** One long-lived instance for one configured strategy: what the engine calls, and its state as plain data. */
export interface Strategy extends Decisions {
  /** The instruments it watches besides its configured one. */
  readonly otherInstruments?: readonly string[] | undefined;
  /** How far its warm-up is, undefined when it is over. Until then nothing that it wants is done. */
  readonly warmUp?: WarmUp | undefined;
  /** Shows it a closed candle of the past, as part of its warm-up. */
  readonly learn?: ((candle: Candle) => void) | undefined;
  /** Its state as plain data; `restore` of it makes an instance that decides the same from then on. */
  save(): Json;
  /** Takes over a saved state; throws InvariantError when it is not one of this type and version. */
  restore(state: Json): void;
}

/** What is wrong with a parameter although its schema allows it. */
export interface ParameterFault {
  readonly parameter: string;
  readonly detail: string;
}

/** A strategy type as the rest of the server sees it; `defineStrategyType` makes one. */
export interface StrategyType {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Raised when parameters change meaning. */
  readonly parametersVersion: number;
  /** The state version that `save` writes. */
  readonly stateVersion: number;
  /** JSON schema with a default, bounds and a description for each parameter; a form can be built from it. */
  readonly parametersSchema: TObject;
  /** What no schema can say; empty when the parameters are right. */
  readonly checkParameters: (parameters: StrategyParameters) => readonly ParameterFault[];
  /** How many closed candles it needs before its first decision. */
  readonly warmUpCandles: (parameters: StrategyParameters) => number;
  /** Makes an instance from checked parameters. */
  readonly create: (parameters: StrategyParameters, instrument: Instrument) => Strategy;
}
