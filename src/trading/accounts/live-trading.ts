/** Real money: off unless the server allows it, and never without limits that its owner set or waived one by one. */

import { isRealMoney, missingRails } from '../../core/domain/account.ts';
import { Problem } from '../../core/shared/problem.ts';
import type { Environment, LiveRail, RiskLimits } from '../../core/domain/account.ts';

/** What is looked at. */
export interface LiveTerms {
  readonly environment: Environment;
  readonly limits: RiskLimits;
  readonly waivedLimits: readonly LiveRail[];
}

/** The rules of this server about real money. */
export class LiveTrading {
  readonly #isAllowed: boolean;

  constructor(isAllowed: boolean) {
    this.#isAllowed = isAllowed;
  }

  /** Throws the problem `live-trading-off` for real money on a server that does not trade it. */
  assertAllowed(environment: Environment): void {
    if (this.#isAllowed || !isRealMoney(environment)) return;
    throw new Problem(
      'live-trading-off',
      'Live accounts are switched off on this server: ALLOW_LIVE_TRADING is not true. Practice and paper accounts can be used.',
    );
  }

  /** Throws the problem `live-limits-missing`, with a pointer to each limit that is neither set nor waived. */
  assertLimited({ environment, limits, waivedLimits }: LiveTerms): void {
    const missing = isRealMoney(environment) ? missingRails(limits, waivedLimits) : [];
    if (missing.length === 0) return;
    throw new Problem(
      'live-limits-missing',
      `An account with real money does not start without ${missing.join(', ')}: set each limit, or name it in waivedLimits.`,
      {
        errors: missing.map((rail) => ({
          pointer: `/limits/${rail}`,
          detail: 'must be set, or named in waivedLimits',
        })),
      },
    );
  }

  /** Throws what keeps a stored account from being run. */
  assertMayRun(account: LiveTerms): void {
    this.assertAllowed(account.environment);
    this.assertLimited(account);
  }
}
