/** What the risk rules may know of an account, and what a rule is. */

import type { CountLimits, RiskLimits } from '../domain/account.ts';
import type { Denial } from '../domain/denial.ts';
import type { DenialCode } from '../domain/denial-catalogue.ts';
import type { Currency, Instrument } from '../domain/instrument.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { Quote } from '../domain/quote.ts';

/** A number as it is, and as it would be after an order. */
export interface Growth {
  readonly before: number;
  readonly after: number;
}

export interface CurrencyGrowth extends Growth {
  readonly currency: Currency;
}

/** What the rules may know of the account. Money is ten-thousandths of its currency. */
export interface RiskFacts {
  /** The account's market time in UTC ms. */
  readonly at: number;
  readonly limits: RiskLimits;
  readonly maximumQuoteAgeMs: number;
  readonly isHalted: boolean;
  /** Why a rule about the equity denies new exposure, if one does: a limit on losses is reached, or a target. */
  equityDenial(): Denial | undefined;
  /** The account's instrument with this name, if it has one. */
  instrument(name: string): Instrument | undefined;
  isMarketOpen(instrumentName: string): boolean;
  quoteOf(instrumentName: string): Quote | undefined;
  /** How long ago the instrument's price was last known to be right. */
  quoteAgeMs(instrumentName: string): number;
  /**
   * The most units in the direction of the order that open entry orders can lead to, without the order, and with it in the place
   * of the one with the broker number `replaces`.
   */
  exposure(terms: OrderTerms, replaces?: number): Growth;
  /** Whether the order opens units, as things are now, when it fills behind those in flight. */
  opensUnits(terms: OrderTerms): boolean;
  /** Whether there are prices, and none too old, that convert the instrument's results to the account's currency. */
  hasConversion(instrumentName: string): boolean;
  /** Why the equity is not known at the moment, if it is not: a price is missing, or too old. */
  valuationGap(): DenialCode | undefined;
  /** How many orders may wait at the broker, and how many positions be open. */
  readonly countLimits: CountLimits;
  /** How many more orders may wait at the broker, and how many more positions be open. What is in flight counts. */
  room(): { readonly orders: number; readonly positions: number };
  /**
   * The net exposure in each of the two currencies of the instrument, in the direction in which the order moves it, as open positions and
   * entry orders can lead to it; undefined when a price is missing. Ten-thousandths of the account's currency, above zero.
   */
  currencyExposure(terms: OrderTerms, replaces?: number): readonly CurrencyGrowth[] | undefined;
  /** The value of all positions that entry orders can lead to, whatever their side; undefined when a price is missing. */
  grossExposure(terms: OrderTerms, replaces?: number): Growth | undefined;
  /** How many positions may be open once all entry orders have filled, without the order. */
  possiblePositions(replaces?: number): number;
  /** Why the account opens nothing at the moment, if it does not: for the time, or for the pace of its entries. */
  entryDenial(terms: OrderTerms, replaces?: number): Denial | undefined;
  marginAvailable(): number;
  /** What filling the order takes of the free margin; undefined when a conversion price is missing. */
  marginNeed(terms: OrderTerms): number | undefined;
}

/** One rule. It may rely on every rule before it in `RISK_RULES` having let the order pass. */
export type RiskRule = (terms: OrderTerms, facts: RiskFacts, replaces?: number) => Denial | undefined;
