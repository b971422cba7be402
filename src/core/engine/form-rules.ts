/** The risk rules about an order by itself: its instrument, units, prices and times. */

import { durationNumber, unitsNumber } from '../domain/denial.ts';
import { isOcoType, LONGEST_OCO_GROUP, LONGEST_TAG, TIMES_IN_FORCE_OF } from '../domain/order.ts';
import { isUnits, MOST_UNITS_PRECISION } from '../domain/units.ts';
import { isWhole } from './protection-levels.ts';
import type { RiskRule } from './risk-facts.ts';

export const denyUnknownInstrument: RiskRule = (terms, facts) =>
  facts.instrument(terms.instrument) ? undefined : { code: 'instrument-unknown', field: 'instrument' };

// Sums of units are exact for so many digits after the point.
export const denyFinerUnits: RiskRule = (terms, facts) => {
  const { unitsPrecision = Infinity } = facts.instrument(terms.instrument) ?? {};
  return unitsPrecision > MOST_UNITS_PRECISION
    ? { code: 'instrument-not-supported', field: 'instrument' }
    : undefined;
};

export const denyForbiddenInstrument: RiskRule = (terms, { limits }) =>
  limits.allowedInstruments?.includes(terms.instrument) === false
    ? { code: 'instrument-not-allowed', field: 'instrument' }
    : undefined;

export const denyInvalidUnits: RiskRule = (terms, facts) => {
  const instrument = facts.instrument(terms.instrument);
  return instrument && isUnits(instrument, terms.units)
    ? undefined
    : { code: 'units-invalid', field: 'units', numbers: { units: unitsNumber(terms.units) } };
};

export const denyTooFewUnits: RiskRule = (terms, facts) => {
  const { minimumUnits = 0 } = facts.instrument(terms.instrument) ?? {};
  if (terms.units >= minimumUnits) return undefined;
  const numbers = { units: unitsNumber(terms.units), least: unitsNumber(minimumUnits) };
  return { code: 'units-invalid', field: 'units', numbers };
};

export const denyTooManyUnits: RiskRule = (terms, facts) => {
  const { maximumOrderUnits = 0 } = facts.instrument(terms.instrument) ?? {};
  const most = Math.min(maximumOrderUnits, facts.limits.maxOrderUnits ?? Infinity);
  if (terms.units <= most) return undefined;
  const numbers = { units: unitsNumber(terms.units), limit: unitsNumber(most) };
  return { code: 'order-units-exceeded', field: 'units', numbers };
};

/** In the order in which they are looked at. */
const PRICE_FIELDS = [
  'price',
  'priceBound',
  'stopLoss',
  'takeProfit',
  'stopLossDistance',
  'takeProfitDistance',
] as const;

export const denyInvalidPrices: RiskRule = (terms) => {
  const { orderType, price, priceBound } = terms;
  if ((orderType !== 'market') !== (price !== undefined)) return { code: 'price-invalid', field: 'price' };
  if (priceBound !== undefined && orderType === 'limit')
    return { code: 'price-invalid', field: 'priceBound' };
  // Named, not looked up by the list: terms have many shapes, and this is asked of every order.
  const { stopLoss, takeProfit, stopLossDistance, takeProfitDistance } = terms;
  const values = [price, priceBound, stopLoss, takeProfit, stopLossDistance, takeProfitDistance];
  const field = PRICE_FIELDS[values.findIndex((value) => value !== undefined && !isWhole(value))];
  return field && { code: 'price-invalid', field };
};

export const denyInvalidTimeInForce: RiskRule = ({ orderType, timeInForce }) =>
  TIMES_IN_FORCE_OF[orderType].includes(timeInForce)
    ? undefined
    : { code: 'time-in-force-invalid', field: 'timeInForce' };

export const denyInvalidTrigger: RiskRule = ({ orderType, triggerCondition = 'DEFAULT' }) =>
  orderType === 'market' && triggerCondition !== 'DEFAULT'
    ? { code: 'trigger-condition-invalid', field: 'triggerCondition' }
    : undefined;

export const denyLongTag: RiskRule = ({ tag = '', comment = '' }) => {
  if (tag.length > LONGEST_TAG) return { code: 'tag-invalid', field: 'tag' };
  return comment.length > LONGEST_TAG ? { code: 'tag-invalid', field: 'comment' } : undefined;
};

export const denyInvalidGroup: RiskRule = ({ orderType, ocoGroup }) => {
  if (ocoGroup === undefined) return undefined;
  const isNamed = ocoGroup.length > 0 && ocoGroup.length <= LONGEST_OCO_GROUP;
  return isNamed && isOcoType(orderType) ? undefined : { code: 'oco-group-invalid', field: 'ocoGroup' };
};

export const denyPriceAndDistance: RiskRule = ({
  takeProfit,
  takeProfitDistance,
  stopLoss,
  stopLossDistance,
}) => {
  if (takeProfit !== undefined && takeProfitDistance !== undefined)
    return { code: 'price-and-distance', field: 'takeProfitDistance' };
  return stopLoss !== undefined && stopLossDistance !== undefined
    ? { code: 'price-and-distance', field: 'stopLossDistance' }
    : undefined;
};

export const denyInvalidExpiry: RiskRule = ({ timeInForce, expiresAt }, { at }) => {
  const isValid = timeInForce === 'GTD' ? expiresAt !== undefined && expiresAt > at : expiresAt === undefined;
  if (isValid) return undefined;
  const isPast = timeInForce === 'GTD' && expiresAt !== undefined;
  const numbers = isPast ? { late: durationNumber(at - expiresAt) } : undefined;
  return { code: 'expiry-invalid', field: 'expiresAt', numbers };
};
