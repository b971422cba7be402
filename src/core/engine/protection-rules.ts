/** The risk rules about what an order is to protect its position by. */

import { priceNumber } from '../domain/denial.ts';
import { protectionAt } from '../domain/order.ts';
import {
  isTrailingDistance,
  isStopLossBeyond,
  isTakeProfitBeyond,
  trailingDistanceDenial,
  stopLossDenial,
  takeProfitDenial,
} from './protection-levels.ts';
import type { DenialNumbers } from '../domain/denial.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { RiskFacts, RiskRule } from './risk-facts.ts';

/** Where the order would fill: its own price, or for a market order the ask when it buys and the bid when it sells. */
function referencePrice(terms: OrderTerms, facts: RiskFacts): number {
  if (terms.price !== undefined) return terms.price;
  const quote = facts.quoteOf(terms.instrument);
  return (terms.side === 'buy' ? quote?.ask : quote?.bid) ?? Number.NaN;
}

/** Where a position would close at once: a market order's stop inside the spread ends it as it opens. That of a later fill is unknown. */
function closingPrice(terms: OrderTerms, facts: RiskFacts): number {
  if (terms.price !== undefined) return terms.price;
  const quote = facts.quoteOf(terms.instrument);
  return (terms.side === 'buy' ? quote?.bid : quote?.ask) ?? Number.NaN;
}

/** The prices that a level is held against: the order's own, or those of the market. */
function marketNumbers({ price, instrument }: OrderTerms, facts: RiskFacts): DenialNumbers {
  if (price !== undefined) return { price: priceNumber(price) };
  const quote = facts.quoteOf(instrument);
  return quote ? { bid: priceNumber(quote.bid), ask: priceNumber(quote.ask) } : {};
}

export const denyInvalidTrailingDistance: RiskRule = ({ instrument, trailingDistance }, facts) =>
  trailingDistance === undefined || isTrailingDistance(facts.instrument(instrument), trailingDistance)
    ? undefined
    : trailingDistanceDenial(facts.instrument(instrument), trailingDistance);

export const denyStopLossOnWrongSide: RiskRule = (terms, facts) => {
  const { stopLoss } = protectionAt(terms, referencePrice(terms, facts));
  if (stopLoss === undefined) return undefined;
  const reference = closingPrice(terms, facts);
  if (stopLoss > 0 && isStopLossBeyond(terms.side, stopLoss, reference)) return undefined;
  return stopLossDenial(terms.stopLossDistance === undefined ? 'stopLoss' : 'stopLossDistance', {
    stopLoss: priceNumber(stopLoss),
    ...marketNumbers(terms, facts),
  });
};

export const denyTakeProfitOnWrongSide: RiskRule = (terms, facts) => {
  const reference = referencePrice(terms, facts);
  const { takeProfit } = protectionAt(terms, reference);
  if (takeProfit === undefined) return undefined;
  if (takeProfit > 0 && isTakeProfitBeyond(terms.side, takeProfit, reference)) return undefined;
  return takeProfitDenial(terms.takeProfitDistance === undefined ? 'takeProfit' : 'takeProfitDistance', {
    takeProfit: priceNumber(takeProfit),
    ...marketNumbers(terms, facts),
  });
};
