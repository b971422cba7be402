/** The risk rules about the account as a whole: how much it may hold over all instruments. */

import type { RiskRule } from './risk-facts.ts';

const denyMorePositions: RiskRule = (terms, facts, replaces) => {
  const { maxOpenPositions } = facts.limits;
  if (maxOpenPositions === undefined || facts.possiblePositions(replaces) < maxOpenPositions)
    return undefined;
  // At the market it is known whether an order opens anything; one that rests may find the account flat.
  return terms.orderType === 'market' && !facts.opensUnits(terms) ? undefined : 'open-positions-exceeded';
};

const denyCurrencyExposure: RiskRule = (terms, facts, replaces) => {
  const { maxCurrencyExposure } = facts.limits;
  if (maxCurrencyExposure === undefined) return undefined;
  const exposures = facts.currencyExposure(terms, replaces);
  if (exposures === undefined) return 'no-conversion-price';
  const isTooLarge = exposures.some(({ before, after }) => after > maxCurrencyExposure && after > before);
  return isTooLarge ? 'currency-exposure-exceeded' : undefined;
};

const denyExposure: RiskRule = (terms, facts, replaces) => {
  const { maxExposure } = facts.limits;
  if (maxExposure === undefined) return undefined;
  const exposure = facts.grossExposure(terms, replaces);
  if (exposure === undefined) return 'no-conversion-price';
  const isTooLarge = exposure.after > maxExposure && exposure.after > exposure.before;
  return isTooLarge ? 'exposure-exceeded' : undefined;
};

/** To be asked after it is known that open positions and the order's instrument have prices. */
export const ACCOUNT_RULES: readonly RiskRule[] = [denyMorePositions, denyCurrencyExposure, denyExposure];
