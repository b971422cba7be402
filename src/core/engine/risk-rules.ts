/** The risk rules in the order in which they are asked: each looks at one thing and answers with its denial, or with undefined. */

import { ACCOUNT_RULES } from './account-rules.ts';
import {
  denyUnknownInstrument,
  denyFinerUnits,
  denyForbiddenInstrument,
  denyInvalidUnits,
  denyTooFewUnits,
  denyTooManyUnits,
  denyInvalidPrices,
  denyInvalidTimeInForce,
  denyInvalidTrigger,
  denyLongTag,
  denyInvalidGroup,
  denyPriceAndDistance,
  denyInvalidExpiry,
} from './form-rules.ts';
import {
  denyByEquity,
  denyWhenHalted,
  denyWhenClosed,
  denyWithoutQuote,
  denyStaleQuote,
  denyWideSpread,
  denyLargePosition,
  denyTooManyOrders,
  denyTooManyPositions,
  denyWithoutConversion,
  denyUnknownEquity,
  denyInsufficientMargin,
} from './market-rules.ts';
import {
  denyInvalidTrailingDistance,
  denyStopLossOnWrongSide,
  denyTakeProfitOnWrongSide,
} from './protection-rules.ts';
import type { RiskRule } from './risk-facts.ts';

/** Whether an order that can only reduce makes sense: nothing of the account and its market may hold it up. */
export const FORM_RULES: readonly RiskRule[] = [
  denyUnknownInstrument,
  denyInvalidUnits,
  denyInvalidTimeInForce,
  denyInvalidPrices,
  denyInvalidExpiry,
  denyInvalidTrigger,
  denyLongTag,
  denyInvalidGroup,
];

/** Every rule for new exposure in the order in which they are asked: first the order itself, then the account and its market. */
export const RISK_RULES: readonly RiskRule[] = [
  denyUnknownInstrument,
  denyFinerUnits,
  denyForbiddenInstrument,
  denyInvalidUnits,
  denyTooFewUnits,
  denyTooManyUnits,
  denyInvalidTimeInForce,
  denyPriceAndDistance,
  denyInvalidPrices,
  denyInvalidExpiry,
  denyInvalidTrigger,
  denyLongTag,
  denyInvalidGroup,
  denyInvalidTrailingDistance,
  denyByEquity,
  denyWhenHalted,
  denyWhenClosed,
  denyWithoutQuote,
  denyStaleQuote,
  denyStopLossOnWrongSide,
  denyTakeProfitOnWrongSide,
  denyWideSpread,
  denyLargePosition,
  denyTooManyOrders,
  denyTooManyPositions,
  denyWithoutConversion,
  denyUnknownEquity,
  ...ACCOUNT_RULES,
  denyInsufficientMargin,
];
