/** Floods of what one trader has: a thousand accounts, and more backtests than may wait. */
import { longQuoteFile } from '../../../support/price-files.ts';
import { manage } from '../../../support/manage.ts';
import { addFlooders, byMany, openAccount, pause } from '../flood.ts';
import type { Flood, FloodPlace } from '../flood.ts';

const ACCOUNTS = 1_000;
const AT_ONCE = 8;
/** When there is nothing to do. */
const IDLE_MS = 500;

/** A thousand accounts that do nothing; an administrator allowed that many. They stay: to close them takes longer than all else. */
export const idleAccounts: Flood = async (place) => {
  const [owner] = await addFlooders(place, 'idle_accounts', 1);
  if (!owner) throw new Error('There is no trader.');
  await setAccountLimit(place, String(ACCOUNTS));
  let begun = 0;
  const openSome = async (): Promise<void> => {
    for (begun += 1; begun <= ACCOUNTS; begun += 1) await openAccount(owner.http, 'Idle');
  };
  await Promise.all(Array.from({ length: AT_ONCE }, openSome));
  place.count(`${ACCOUNTS} accounts`);
  return {
    // They are the flood by being there.
    run: () => byMany(place, 1, () => pause(place.ends, IDLE_MS)),
  };
};

async function setAccountLimit({ databaseUrl }: FloodPlace, limit: string): Promise<void> {
  const { code, stderr } = await manage(['person-limits', 'set', `accounts=${limit}`], {
    DATABASE_URL: databaseUrl,
  });
  if (code !== 0) throw new Error(`The limit of accounts was not set: ${stderr}`);
}

const QUOTES = 600_000;
const BACKTEST = {
  strategyType: 'ema_cross',
  instrument: 'EUR_USD',
  parameters: { granularity: 'M1', fast: 3, slow: 8 },
};
const FULL = 409;
const REQUEST_EVERY_MS = 20;

/** As many backtests as may wait, and another as soon as one has ended. */
export const manyBacktests: Flood = async (place) => {
  const [owner] = await addFlooders(place, 'backtests', 1);
  if (!owner) throw new Error('There is no trader.');
  const answer = await fetch(`${place.address}/api/v1/price-series?instrument=EUR_USD`, {
    method: 'POST',
    headers: { authorization: `Bearer ${owner.token}`, 'content-type': 'text/csv' },
    body: longQuoteFile(QUOTES),
  });
  if (!answer.ok) throw new Error(`The prices were answered ${answer.status}: ${await answer.text()}`);
  return {
    run: () =>
      byMany(place, 1, async () => {
        const { status } = await owner.http.send({ method: 'POST', path: '/backtests', body: BACKTEST });
        place.count(status);
        await pause(place.ends, status === FULL ? IDLE_MS : REQUEST_EVERY_MS);
      }),
    tidyUp: async () => {
      const page = await owner.http.demand<{ items: { id: string; status: string }[] }>({
        method: 'GET',
        path: '/backtests?limit=500',
      });
      for (const { id, status } of page.items)
        if (status === 'queued' || status === 'running')
          await owner.http.send({ method: 'POST', path: `/backtests/${id}/cancel` });
    },
  };
};
