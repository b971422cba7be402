/** Which accounts a token opens, and why it opens none. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { discoverAccounts } from '../../../src/brokers/oanda/discover-accounts.ts';
import { OandaConnections } from '../../../src/brokers/oanda/oanda-connections.ts';
import { ANY_PACE } from '../../support/any-pace.ts';
import { html, json, ScriptedOanda, TOKEN } from '../../support/scripted-oanda.ts';

const TIMES = { requestMs: 60_000, readAgain: { firstMs: 1, longestMs: 2 }, refusedAgainMs: 1 };
const ACCOUNTS = 'GET /v3/accounts';
const unauthorized = json(401, { errorMessage: 'Insufficient authorization to perform request.' });

let practice: ScriptedOanda;
let live: ScriptedOanda;
let connections: OandaConnections;

beforeAll(async () => {
  practice = await ScriptedOanda.start();
  live = await ScriptedOanda.start();
  const hosts = {
    practice: { rest: practice.url, stream: practice.url },
    live: { rest: live.url, stream: live.url },
  };
  connections = new OandaConnections({ hosts, limits: ANY_PACE, times: TIMES });
});
afterAll(async () => {
  await practice.close();
  await live.close();
});

const discovered = () => discoverAccounts({ environment: 'practice', token: TOKEN }, connections);

describe('discovering accounts', () => {
  it('lists what the token opens, and which are traded with MetaTrader', async () => {
    practice.next(
      ACCOUNTS,
      json(200, {
        accounts: [
          { id: '101-004-1435156-001', tags: [] },
          { id: '101-004-1435156-002', mt4AccountID: 1234, tags: ['MT4'] },
        ],
      }),
    );

    expect(await discovered()).toEqual([
      { brokerAccountId: '101-004-1435156-001', isMetaTrader: false },
      { brokerAccountId: '101-004-1435156-002', isMetaTrader: true },
    ]);
  });

  it('reports a token that neither environment accepts as refused', async () => {
    practice.next(ACCOUNTS, unauthorized, unauthorized, unauthorized);
    live.next(ACCOUNTS, unauthorized, unauthorized, unauthorized);

    await expect(discovered()).rejects.toMatchObject({ type: 'broker-token-refused' });
  });

  it('reports a token of the other environment as that', async () => {
    practice.next(ACCOUNTS, unauthorized, unauthorized, unauthorized);
    live.next(ACCOUNTS, json(200, { accounts: [] }));

    await expect(discovered()).rejects.toMatchObject({
      type: 'broker-token-elsewhere',
      message: expect.stringContaining('it was made for live accounts'),
    });
  });

  it('reports a list that cannot be read, and a broker that does not answer', async () => {
    practice.next(ACCOUNTS, json(200, { accounts: 'none' }), html(502), html(502), html(502), html(502));

    await expect(discovered()).rejects.toMatchObject({ type: 'broker-unreachable' });
    await expect(discovered()).rejects.toMatchObject({ type: 'broker-unreachable' });
  });
});
