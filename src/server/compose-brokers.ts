/** The brokers of accounts, which send nothing while this copy of the server may not act for them. */

import { guardedBroker } from '../brokers/guarded-broker.ts';
import { brokerAccess, OandaConnections, openBroker } from '../brokers/open-broker.ts';
import type { OandaTimes } from '../brokers/open-broker.ts';
import type { PriceHub } from '../prices/feeds/price-hub.ts';
import type { AccountOwnership } from '../trading/account-ownership-store.ts';
import type { ServiceParts } from './service-parts.ts';

export interface BrokerParts {
  readonly hub: PriceHub;
  readonly practiceUrl: string | undefined;
  readonly times: Partial<OandaTimes> | undefined;
  readonly ownership: AccountOwnership;
  readonly mayAct: () => boolean;
}

/** Returns what opens brokers. */
export function makeBrokers({
  hub,
  practiceUrl,
  times,
  ownership,
  mayAct,
}: BrokerParts): Pick<ServiceParts, 'brokers' | 'openBroker'> {
  const connections = new OandaConnections({ practiceUrl, times });
  const sources = { paperPrices: hub, connections };
  return {
    brokers: brokerAccess(sources),
    openBroker: async (account, known) => {
      const { owner } = known;
      const maySend = (): boolean => mayAct() && ownership.isCertain(owner);
      const ascertain = async (): Promise<boolean> => (await ownership.ascertain(owner)) && mayAct();
      const fence = { ownerNumber: owner.epoch, maySend };
      return guardedBroker(await openBroker({ ...account, ...known, fence }, sources), {
        maySend,
        ascertain,
      });
    },
  };
}
