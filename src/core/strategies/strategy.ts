/** The contract of every strategy type: pure decisions from prices and fills, with state that can be saved and restored. */

import type { TObject } from 'typebox';
import type { Candle, Granularity } from '../domain/candle.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { EntryOrderType, Protection, TimeInForce } from '../domain/order.ts';
import type { Position, PositionSide } from '../domain/position.ts';
import type { Quote } from '../domain/quote.ts';
import type { Json } from '../shared/json.ts';
import type { OrderFilled } from '../domain/transaction.ts';

/** The settings of one strategy, checked against its type's schema. */
export type StrategyParameters = { readonly [name: string]: Json };

/** How large an entry is: whole units, or the units whose loss at `stopDistance` points is this part of equity (0.01 is 1 %). */
export type EntrySize =
  | { readonly units: number }
  | { readonly riskFraction: number; readonly stopDistance: number };

/** A wish to open a position. Prices are points; a limit or stop order needs `price`. */
export interface OpenIntent extends Protection {
  readonly type: 'open';
  readonly side: PositionSide;
  readonly size: EntrySize;
  readonly orderType: EntryOrderType;
  readonly price?: number | undefined;
  readonly timeInForce?: TimeInForce | undefined;
  readonly expiresAt?: number | undefined;
}

/** A wish to close a position it names, all of it or `units` of it. */
export interface CloseIntent {
  readonly type: 'close';
  readonly brokerPositionId: number;
  readonly units?: number | undefined;
}

/** A wish to change a position's protection: undefined leaves a part as it is, null removes it. */
export interface ModifyIntent {
  readonly type: 'modify';
  readonly brokerPositionId: number;
  readonly takeProfit?: number | null | undefined;
  readonly stopLoss?: number | null | undefined;
  readonly trailingDistance?: number | null | undefined;
}

/** What a strategy wants. Intents of one answer are carried out one after the other, each when the one before has settled. */
export type Intent = OpenIntent | CloseIntent | ModifyIntent;

/** What a strategy may look at when it decides: its own open positions and the newest quote of its instrument. */
export interface StrategyView {
  /** The account's market time in UTC ms. */
  readonly at: number;
  readonly quote: Quote | undefined;
  readonly positions: readonly Position[];
  /** Whether an intent of this strategy waits, is on its way to the broker or rests there. */
  readonly hasOpenOrder: boolean;
}

/** The answer of a strategy that wants nothing; shared so that the usual case allocates nothing. */
export const NO_INTENTS: readonly Intent[] = [];

/** One long-lived instance for one configured strategy on one instrument. Fed the same events it gives the same intents. */
export interface Strategy {
  /** The granularities whose closed candles it wants. */
  readonly granularities: readonly Granularity[];
  /** A candle closed. */
  onCandle(candle: Candle, view: StrategyView): readonly Intent[];
  /** A quote of its instrument came; left out by types that decide on candles only. */
  readonly onQuote?: (quote: Quote, view: StrategyView) => readonly Intent[];
  /** One of its orders was filled, or one of its positions closed. */
  readonly onFill?: (fill: OrderFilled, view: StrategyView) => readonly Intent[];
  /** Its state as plain data; `restore` of it makes an instance that decides the same from then on. */
  save(): Json;
  /** Takes over a saved state; throws InvariantError when it is not one of this type and version. */
  restore(state: Json): void;
}

/** A strategy type: an algorithm with a description, a schema of its parameters, and how to make an instance. */
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
  /** What no schema can say, as pairs of parameter and sentence; empty when the parameters are right. */
  readonly checkParameters: (
    parameters: StrategyParameters,
  ) => readonly { readonly parameter: string; readonly detail: string }[];
  /** How many closed candles it needs before its first decision. */
  readonly warmUpCandles: (parameters: StrategyParameters) => number;
  /** Makes an instance from checked parameters. */
  readonly create: (parameters: StrategyParameters, instrument: Instrument) => Strategy;
}
