/** The risk rules about an order by itself: its instrument, units, prices and times. */

import { countNumber, instantNumber, priceNumber, unitsNumber } from '../domain/denial.ts';
import { isOcoType, LONGEST_OCO_GROUP, LONGEST_TAG, TIMES_IN_FORCE_OF } from '../domain/order.ts';
import { isUnits, MOST_UNITS_PRECISION } from '../domain/units.ts';
import { isWhole } from './protection-levels.ts';
import type { Denial, DenialNumbers } from '../domain/denial.ts';
import type { Instrument } from '../domain/instrument.ts';
import type { RiskRule } from './risk-facts.ts';

export const denyUnknownInstrument: RiskRule = (terms, facts) =>
  facts.instrument(terms.instrument) ? undefined : { code: 'instrument-unknown', field: 'instrument' };

// Sums of units are exact for so many digits after the point.
/** Returns the denial of units that the instrument does not have. */
export function unitsDenial(units: number, instrument: Instrument | undefined): Denial {
  const taken = instrument && {
    least: unitsNumber(instrument.minimumUnits),
    decimals: countNumber(instrument.unitsPrecision),
  };
  return { code: 'units-invalid', field: 'units', numbers: { units: unitsNumber(units), ...taken } };
}

export const denyFinerUnits: RiskRule = (terms, facts) => {
  const { unitsPrecision = Infinity } = facts.instrument(terms.instrument) ?? {};
  if (unitsPrecision <= MOST_UNITS_PRECISION) return undefined;
  const numbers = { decimals: countNumber(unitsPrecision), most: countNumber(MOST_UNITS_PRECISION) };
  return { code: 'instrument-not-supported', field: 'instrument', numbers };
};

export const denyForbiddenInstrument: RiskRule = (terms, { limits }) =>
  limits.allowedInstruments?.includes(terms.instrument) === false
    ? { code: 'instrument-not-allowed', field: 'instrument' }
    : undefined;

export const denyInvalidUnits: RiskRule = (terms, facts) => {
  const instrument = facts.instrument(terms.instrument);
  return instrument && isUnits(instrument, terms.units) ? undefined : unitsDenial(terms.units, instrument);
};

export const denyTooFewUnits: RiskRule = (terms, facts) => {
  const instrument = facts.instrument(terms.instrument);
  return terms.units >= (instrument?.minimumUnits ?? 0) ? undefined : unitsDenial(terms.units, instrument);
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
  if ((orderType !== 'market') !== (price !== undefined)) return priceDenial('price', price);
  if (priceBound !== undefined && orderType === 'limit') return priceDenial('priceBound', priceBound);
  // Named, not looked up by the list: terms have many shapes, and this is asked of every order.
  const { stopLoss, takeProfit, stopLossDistance, takeProfitDistance } = terms;
  const values = [price, priceBound, stopLoss, takeProfit, stopLossDistance, takeProfitDistance];
  const index = values.findIndex((value) => value !== undefined && !isWhole(value));
  const field = PRICE_FIELDS[index];
  return field && priceDenial(field, values[index]);
};

/** Returns the denial of a price or distance that the order may not have, or lacks. */
export function priceDenial(field: (typeof PRICE_FIELDS)[number], found: number | undefined): Denial {
  const numbers = found === undefined ? undefined : { [field]: priceNumber(found) };
  return { code: 'price-invalid', field, numbers };
}

export const denyInvalidTimeInForce: RiskRule = ({ orderType, timeInForce }) =>
  TIMES_IN_FORCE_OF[orderType].includes(timeInForce)
    ? undefined
    : { code: 'time-in-force-invalid', field: 'timeInForce' };

export const denyInvalidTrigger: RiskRule = ({ orderType, triggerCondition = 'DEFAULT' }) =>
  orderType === 'market' && triggerCondition !== 'DEFAULT'
    ? { code: 'trigger-condition-invalid', field: 'triggerCondition' }
    : undefined;

export const denyLongTag: RiskRule = ({ tag = '', comment = '' }) => {
  if (tag.length > LONGEST_TAG) return { code: 'tag-invalid', field: 'tag', numbers: tagLength(tag) };
  if (comment.length <= LONGEST_TAG) return undefined;
  return { code: 'tag-invalid', field: 'comment', numbers: tagLength(comment) };
};

const tagLength = ({ length }: string): DenialNumbers => ({
  characters: countNumber(length),
  most: countNumber(LONGEST_TAG),
});

export const denyInvalidGroup: RiskRule = ({ orderType, ocoGroup }) => {
  if (ocoGroup === undefined) return undefined;
  const { length } = ocoGroup;
  if (length > 0 && length <= LONGEST_OCO_GROUP && isOcoType(orderType)) return undefined;
  const numbers = { characters: countNumber(length), most: countNumber(LONGEST_OCO_GROUP) };
  return { code: 'oco-group-invalid', field: 'ocoGroup', numbers };
};

export const denyPriceAndDistance: RiskRule = ({
  takeProfit,
  takeProfitDistance,
  stopLoss,
  stopLossDistance,
}) => {
  if (takeProfit !== undefined && takeProfitDistance !== undefined)
    return bothDenial('takeProfitDistance', takeProfit, takeProfitDistance);
  return stopLoss !== undefined && stopLossDistance !== undefined
    ? bothDenial('stopLossDistance', stopLoss, stopLossDistance)
    : undefined;
};

/** Returns the denial of a level that has a price and a distance. */
export function bothDenial(
  field: 'takeProfitDistance' | 'stopLossDistance',
  price: number,
  distance: number,
): Denial {
  const numbers = { price: priceNumber(price), distance: priceNumber(distance) };
  return { code: 'price-and-distance', field, numbers };
}

export const denyInvalidExpiry: RiskRule = ({ timeInForce, expiresAt }, { at }) => {
  const isValid = timeInForce === 'GTD' ? expiresAt !== undefined && expiresAt > at : expiresAt === undefined;
  if (isValid) return undefined;
  const numbers = {
    ...(expiresAt !== undefined && { expiresAt: instantNumber(expiresAt) }),
    marketTime: instantNumber(at),
  };
  return { code: 'expiry-invalid', field: 'expiresAt', numbers };
};
