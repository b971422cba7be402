/** `/accounts/…/pricing`: the prices of instruments, with what they mean for an account. */

import type { FastifyInstance } from 'fastify';
import { queryFlag, queryTime } from '../read-query.ts';
import { requestedAccount } from '../requested-account.ts';
import { WireTime } from '../wire/time.ts';
import { homeConversions, quoteFactors } from './home-conversions.ts';
import { currenciesOf, requestedInstruments } from './requested-instruments.ts';
import { unitsAvailable } from './units-available.ts';
import type { Simulator } from '../simulator.ts';
import type { PriceBoard } from './price-board.ts';

export function registerPricingRoutes(api: FastifyInstance, simulator: Simulator, board: PriceBoard): void {
  api.get('/accounts/:accountID/pricing', (request) => {
    const account = requestedAccount(simulator, request);
    const instruments = requestedInstruments(simulator, request);
    const since = queryTime(request, 'since') ?? -Infinity;
    const hasUnits = queryFlag(request, 'includeUnitsAvailable', true);
    const hasConversions = queryFlag(request, 'includeHomeConversions', false);
    const prices = instruments.flatMap((instrument) => {
      const price = board.priceOf(instrument);
      if (!price || price.quote.at <= since) return [];
      return {
        ...price.fields,
        ...quoteFactors(account, instrument),
        ...(hasUnits && unitsAvailable(account, instrument)),
      };
    });
    return {
      prices,
      ...(hasConversions && { homeConversions: homeConversions(account, currenciesOf(instruments)) }),
      time: new WireTime(simulator.now()),
    };
  });
}
