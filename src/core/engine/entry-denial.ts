/** Why an account opens nothing at the moment: for the time, for the pace of its entries, or for an unusual spread. */

import { pipsNumber } from '../domain/denial.ts';
import { pointsPerPip, TENTHS_PER_PIP } from '../domain/instrument.ts';
import { paceDenial } from './entry-pace.ts';
import { windowDenial } from './entry-windows.ts';
import type { RiskLimits } from '../domain/account.ts';
import type { Denial } from '../domain/denial.ts';
import type { OrderTerms } from '../domain/order.ts';
import type { EntryFacts } from './entry-exposure.ts';
import type { EntryPace } from './entry-pace.ts';
import type { EquityRules } from './equity-rules.ts';
import type { Portfolio } from './portfolio.ts';
import type { UsualSpreads } from './usual-spreads.ts';

/** What is known of the account. */
export interface EntryDenialFacts {
  readonly at: number;
  readonly limits: RiskLimits;
  readonly portfolio: Portfolio;
  readonly equityRules: EquityRules;
  readonly pace: EntryPace;
  readonly usualSpreads: UsualSpreads;
  opensUnits(terms: OrderTerms): boolean;
}

/** Returns why an entry is denied, if it is. Its instrument must be known and have a quote. */
export function entryDenial(
  terms: OrderTerms,
  facts: EntryDenialFacts,
  { entries, replaces }: { readonly entries: EntryFacts; readonly replaces: number | undefined },
): Denial | undefined {
  const { at, limits, pace, equityRules, portfolio } = facts;
  const { tradedDays } = equityRules;
  const instrument = portfolio.value.instruments.named(terms.instrument);
  const opens = terms.orderType !== 'market' || facts.opensUnits(terms);
  return (
    windowDenial(instrument, limits, at) ??
    paceDenial({ at, limits, pace, tradedDays, entries, opens }, replaces) ??
    spreadDenial(terms, facts)
  );
}

function spreadDenial(
  { instrument: name }: OrderTerms,
  { at, limits, portfolio, equityRules, usualSpreads }: EntryDenialFacts,
): Denial | undefined {
  const { maxSpreadRatio } = limits;
  const quote = portfolio.value.quoteOf(name);
  if (maxSpreadRatio === undefined || quote === undefined) return undefined;
  const usual = usualSpreads.usual(name, equityRules.hourOfWeek(at));
  const spread = quote.ask - quote.bid;
  if (usual === undefined || spread <= usual * maxSpreadRatio) return undefined;
  const parts = TENTHS_PER_PIP / pointsPerPip(portfolio.value.instruments.named(name));
  const numbers = {
    spread: pipsNumber(spread * parts),
    usual: pipsNumber(usual * parts),
    limit: pipsNumber(usual * maxSpreadRatio * parts),
  };
  return { code: 'spread-unusual', field: 'instrument', numbers };
}
