/** The risk rules about the account as a whole: how much it may hold over all instruments. */

import { currencyNamed, moneyNumber } from '../domain/denial.ts';
import { positionsDenial } from './market-rules.ts';
import type { Denial } from '../domain/denial.ts';
import type { DenialCode } from '../domain/denial-catalogue.ts';
import type { Growth, RiskRule } from './risk-facts.ts';

const denyMorePositions: RiskRule = (terms, facts, replaces) => {
  const { maxOpenPositions } = facts.limits;
  if (maxOpenPositions === undefined) return undefined;
  const possible = facts.possiblePositions(replaces);
  if (possible < maxOpenPositions) return undefined;
  // At the market it is known whether an order opens anything; one that rests may find the account flat.
  return terms.orderType === 'market' && !facts.opensUnits(terms)
    ? undefined
    : positionsDenial(possible, maxOpenPositions);
};

const denyCurrencyExposure: RiskRule = (terms, facts, replaces) => {
  const { maxCurrencyExposure } = facts.limits;
  if (maxCurrencyExposure === undefined) return undefined;
  const exposures = facts.currencyExposure(terms, replaces);
  if (exposures === undefined) return { code: 'no-conversion-price', field: 'instrument' };
  const tooLarge = exposures.find(({ before, after }) => after > maxCurrencyExposure && after > before);
  if (!tooLarge) return undefined;
  const { numbers, ...denial } = exceeded('currency-exposure-exceeded', tooLarge, maxCurrencyExposure);
  return { ...denial, numbers: { currency: currencyNamed(tooLarge.currency), ...numbers } };
};

const denyExposure: RiskRule = (terms, facts, replaces) => {
  const { maxExposure } = facts.limits;
  if (maxExposure === undefined) return undefined;
  const exposure = facts.grossExposure(terms, replaces);
  if (exposure === undefined) return { code: 'no-conversion-price', field: 'instrument' };
  const isTooLarge = exposure.after > maxExposure && exposure.after > exposure.before;
  return isTooLarge ? exceeded('exposure-exceeded', exposure, maxExposure) : undefined;
};

function exceeded(code: DenialCode, { before, after }: Growth, limit: number): Denial {
  const numbers = { before: moneyNumber(before), after: moneyNumber(after), limit: moneyNumber(limit) };
  return { code, field: 'units', numbers };
}

const denyForTimeOrPace: RiskRule = (terms, facts, replaces) => facts.entryDenial(terms, replaces);

const denyWithoutStop: RiskRule = ({ stopLoss, stopLossDistance, trailingDistance }, { limits }) => {
  const hasStop = [stopLoss, stopLossDistance, trailingDistance].some((level) => level !== undefined);
  return limits.requireStopLoss === undefined || hasStop
    ? undefined
    : { code: 'stop-loss-required', field: 'stopLoss' };
};

/** To be asked after it is known that open positions and the order's instrument have prices. */
export const ACCOUNT_RULES: readonly RiskRule[] = [
  denyWithoutStop,
  denyForTimeOrPace,
  denyMorePositions,
  denyCurrencyExposure,
  denyExposure,
];
