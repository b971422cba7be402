/** Accounts at a broker: what can be wrong with a token or an account, and what is taken over when nothing is. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { untilTablesFollowLog } from '../support/account-agreement.ts';
import { EMPTY_TOKEN, tokenNumber } from '../support/scripted-brokers.ts';
import { PASSWORD, signUp, useServer } from '../support/test-server.ts';
import { askerFor } from '../support/trading-client.ts';
import { holdUp } from '../support/held-up-account.ts';
import { waitingForLocks } from '../support/lock-waits.ts';
import { until } from '../support/until.ts';
import type { ScriptedAccount } from '../support/scripted-brokers.ts';
import type { TestUser } from '../support/test-server.ts';

const off = useServer();
const on = useServer({ allowLiveTrading: true });

let tokens = 0;
let accounts = 0;
let user: TestUser;
let ask: ReturnType<typeof askerFor>;
let token: string;
let atBroker: ScriptedAccount;

const newToken = () => tokenNumber((tokens += 1) + 0x1000);
const newId = () => `101-004-${String((accounts += 1)).padStart(7, '0')}-001`;

beforeEach(async () => {
  user = await off.server.addUser();
  ask = askerFor(off.server, user);
  token = newToken();
  atBroker = off.server.brokerage.add(newId(), [token]);
  atBroker.quote(110_000);
});

const connect = (body: object = {}) =>
  ask('POST', '/accounts', {
    name: 'Practice',
    environment: 'practice',
    token,
    brokerAccountId: atBroker.id,
    ...body,
  });

async function connected(body: object = {}): Promise<string> {
  const answer = await connect(body);
  if (answer.statusCode !== 201) throw new Error(answer.body);
  return answer.json().id;
}

const rows = () =>
  off.server.database
    .selectFrom('oanda_accounts')
    .selectAll()
    .where('user_id', '=', user.id)
    .where('is_active', '=', true)
    .execute();

const account = async (id: string) => (await ask('GET', `/accounts/${id}`)).json();

const entries = (accountId: string, type: string) =>
  off.server.database
    .selectFrom('events')
    .select(['severity', 'description'])
    .where('account_id', '=', accountId)
    .where('type', '=', type)
    .execute();

describe('connecting', () => {
  it.each<[string, () => object, number, string, RegExp]>([
    ['without a token', () => ({ token: undefined }), 400, 'invalid-request', /"\/token"/],
    ['with a text that is no token', () => ({ token: 'two words' }), 400, 'invalid-request', /"\/token"/],
    [
      'with the terms of a paper account',
      () => ({ initialBalance: '1000' }),
      400,
      'invalid-request',
      /initialBalance.*not known for a practice account/,
    ],
    ['with a wrong token', () => ({ token: newToken() }), 422, 'broker-token-refused', /"\/token"/],
    [
      'with a token of the other environment',
      () => {
        const other = newToken();
        off.server.brokerage.add(newId(), [other], { environment: 'live' });
        return { token: other };
      },
      422,
      'broker-token-elsewhere',
      /"\/environment"/,
    ],
    [
      'without naming the account',
      () => ({ brokerAccountId: undefined }),
      422,
      'broker-account-not-named',
      /101-004-\d{7}-001/,
    ],
    [
      'with a token that opens nothing',
      () => ({ token: EMPTY_TOKEN, brokerAccountId: undefined }),
      422,
      'broker-account-not-named',
      /opens no account/,
    ],
    [
      'an account that the token does not open',
      () => ({ brokerAccountId: '101-004-9999999-001' }),
      422,
      'broker-account-unknown',
      /must be an account of the token, which opens 101-004/,
    ],
    [
      'an account that is closed',
      () => {
        atBroker.isClosed = true;
        return {};
      },
      422,
      'broker-account-closed',
      /is closed at the broker/,
    ],
    [
      'one that is traded with MetaTrader',
      () => ({ brokerAccountId: off.server.brokerage.add(newId(), [token], { isMetaTrader: true }).id }),
      422,
      'broker-account-not-supported',
      /MetaTrader/,
    ],
    [
      'one in a currency that we cannot keep',
      () => ({ brokerAccountId: off.server.brokerage.add(newId(), [token], { currency: 'SGD' }).id }),
      422,
      'broker-account-not-supported',
      /kept in SGD/,
    ],
    [
      'with a limit on an instrument that it lacks',
      () => ({ limits: { allowedInstruments: ['ABC_DEF'] } }),
      400,
      'invalid-request',
      /allowedInstruments\/0/,
    ],
    ['a live account', () => ({ environment: 'live' }), 403, 'live-trading-off', /ALLOW_LIVE_TRADING/],
  ])('%s is refused, names the field, and stores nothing', async (_what, change, status, problem, says) => {
    const answer = await connect(change());

    expect([answer.statusCode, answer.json().type]).toEqual([status, `/problems/${problem}`]);
    expect(answer.body).toMatch(says);
    expect(answer.body).not.toContain(token.slice(0, 32));
    expect(await rows()).toEqual([]);
  });

  it('is refused while the broker cannot be reached', async () => {
    off.server.brokerage.isReachable = false;
    const answer = await connect();
    off.server.brokerage.isReachable = true;

    expect([answer.statusCode, answer.json().type]).toEqual([503, '/problems/broker-unreachable']);
    expect(await rows()).toEqual([]);
  });

  it('lists the accounts for the person to choose', async () => {
    const other = off.server.brokerage.add(newId(), [token]);

    const answer = await connect({ brokerAccountId: undefined });

    expect(answer.json().facts).toEqual({ accounts: [atBroker.id, other.id] });
  });

  it('takes over what is open, marks it as external, and says what it found', async () => {
    atBroker.buyElsewhere(3_000);
    atBroker.restElsewhere(109_000);

    const answer = await connect();

    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toMatchObject({
      environment: 'practice',
      brokerAccountId: atBroker.id,
      currency: 'USD',
      status: 'trading',
      statusReason: null,
      found: { currency: 'USD', hedging: false, openPositions: 1, openOrders: 1, instruments: 66 },
    });
    const { id, found } = answer.json();
    expect(found.balance).toBe((await account(id)).money.balance);
    const positions = (await ask('GET', `/positions?accountId=${id}`)).json().items;
    expect(positions).toMatchObject([{ initialUnits: 3_000, external: true, strategyId: null }]);
    const orders = (await ask('GET', `/orders?accountId=${id}`)).json().items;
    expect(orders).toMatchObject([{ units: 700, createdBy: 'external', status: 'accepted' }]);
    await untilTablesFollowLog(off.server.stores, id);
  });

  it('trades, and keeps what is done elsewhere apart from its own', async () => {
    const id = await connected();
    atBroker.quote(110_000);
    await off.server.supervisor.settled();

    const own = await ask('POST', '/orders', {
      accountId: id,
      instrument: 'EUR_USD',
      side: 'buy',
      type: 'market',
      units: 1_000,
    });
    atBroker.buyElsewhere(2_000);
    await off.server.supervisor.settled();

    expect([own.statusCode, own.json().status]).toEqual([201, 'filled']);
    const positions = (await ask('GET', `/positions?accountId=${id}`)).json().items;
    expect(positions).toHaveLength(2);
    expect(positions).toContainEqual(expect.objectContaining({ openUnits: 2_000, external: true }));
    expect(positions).toContainEqual(expect.objectContaining({ openUnits: 1_000, external: false }));
    await untilTablesFollowLog(off.server.stores, id);
  });

  it('leaves an order of another program when it is halted, and cancels its own', async () => {
    const id = await connected();
    atBroker.quote(110_000);
    atBroker.restElsewhere(109_000);
    await off.server.supervisor.settled();
    const limit = { side: 'buy', type: 'limit', units: 500, price: '1.08000' };
    await ask('POST', '/orders', { accountId: id, instrument: 'EUR_USD', ...limit });

    await ask('POST', `/accounts/${id}/halt`);

    // The answer to a halt does not wait for the broker's.
    const orders = async () => (await ask('GET', `/orders?accountId=${id}`)).json().items;
    await expect
      .poll(orders)
      .toContainEqual(expect.objectContaining({ createdBy: 'person', status: 'cancelled' }));
    expect(await orders()).toHaveLength(2);
    expect(await orders()).toContainEqual(
      expect.objectContaining({ createdBy: 'external', status: 'accepted' }),
    );
  });

  it('is done once, no matter who asks', async () => {
    const id = await connected();
    const again = await connect();
    expect([again.statusCode, again.json().type]).toEqual([409, '/problems/account-already-connected']);
    expect(again.json().facts).toEqual({ accountId: id });

    const other = askerFor(off.server, await off.server.addUser());
    const foreign = await other('POST', '/accounts', {
      name: 'Mine too',
      environment: 'practice',
      token,
      brokerAccountId: atBroker.id,
    });

    expect([foreign.statusCode, foreign.json().facts]).toEqual([409, undefined]);
  });

  it('is done once when two ask at the same time', async () => {
    const answers = await Promise.all([connect(), connect(), connect()]);

    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
    expect(await rows()).toHaveLength(1);
  });

  it('is repeated under the same Idempotency-Key without being done twice', async () => {
    const body = { name: 'Practice', environment: 'practice', token, brokerAccountId: atBroker.id };
    const headers = { 'idempotency-key': `connect-${atBroker.id}` };

    const first = await ask('POST', '/accounts', body, { headers });
    const second = await ask('POST', '/accounts', body, { headers });

    expect([first.statusCode, second.statusCode]).toEqual([201, 201]);
    expect(second.json().id).toBe(first.json().id);
  });

  it('is refused when the broker opens no more streams, and nothing is stored', async () => {
    off.server.brokerage.isFull = true;
    const answer = await connect();
    off.server.brokerage.isFull = false;

    expect([answer.statusCode, answer.json().type]).toEqual([503, '/problems/broker-streams-exhausted']);
    expect(await rows()).toEqual([]);
    expect((await connect()).statusCode).toBe(201);
  });

  it('stores the token where no one can read it, and shows and logs it nowhere', async () => {
    const id = await connected();

    const [row] = await rows();
    expect(row?.token_key_id).toBe('test');
    const shown = [
      JSON.stringify(row),
      JSON.stringify(await off.server.database.selectFrom('events').selectAll().execute()),
      JSON.stringify(await off.server.database.selectFrom('idempotency_keys').selectAll().execute()),
      (await ask('GET', `/accounts/${id}`)).body,
      off.server.log.join(''),
    ];
    for (const text of shown) expect(text).not.toContain(token);
  });
});

describe('a token that is revoked while the account trades', () => {
  it('ends the trading, is reported once, and trading resumes with another token', async () => {
    const id = await connected();
    atBroker.quote(110_000);

    atBroker.revoke(token);
    const failed = await until('the account is in error', async () => {
      const shown = await account(id);
      return shown.status === 'error' && shown;
    });

    expect(failed).toMatchObject({
      statusCode: 'broker-token-refused',
      statusReason:
        'The broker does not accept the token. Replace the token with PATCH /accounts/{id}. Until then nothing is sent; orders and positions stay at the broker.',
    });
    await expect.poll(() => entries(id, 'account-error')).toMatchObject([{ severity: 'critical' }]);
    const order = { instrument: 'EUR_USD', side: 'buy', type: 'market', units: 1_000 };
    const refused = await ask('POST', '/orders', { accountId: id, ...order });
    expect([refused.statusCode, refused.json().code]).toEqual([503, 'broker-token-refused']);

    const others = { name: 'Renamed', recordQuotes: false, limits: { maxDailyLoss: '100' } };
    const wrong = await ask('PATCH', `/accounts/${id}`, { ...others, token: newToken(), password: PASSWORD });
    expect([wrong.statusCode, wrong.json().type]).toEqual([422, '/problems/broker-token-refused']);
    expect(await account(id)).toMatchObject({
      name: 'Practice',
      recordQuotes: true,
      limits: { maxDailyLoss: null },
    });

    const fresh = newToken();
    atBroker.tokens.add(fresh);
    const replaced = await ask('PATCH', `/accounts/${id}`, { token: fresh, password: PASSWORD });

    expect([replaced.statusCode, replaced.json().status]).toEqual([200, 'trading']);
    expect(atBroker.opened.at(-1)).toBe(fresh);
    await expect.poll(() => entries(id, 'account-recovered')).toHaveLength(1);
    expect(await entries(id, 'account-error')).toHaveLength(1);
    atBroker.quote(110_010);
    await off.server.supervisor.settled();
    expect((await ask('POST', '/orders', { accountId: id, ...order })).json().status).toBe('filled');
  });

  it('leaves an account halted that its owner halted before', async () => {
    const id = await connected();
    await ask('POST', `/accounts/${id}/halt`);
    atBroker.revoke(token);
    await until('the account is in error', async () => (await account(id)).status === 'error');

    const fresh = newToken();
    atBroker.tokens.add(fresh);
    const replaced = await ask('PATCH', `/accounts/${id}`, { token: fresh, password: PASSWORD });

    expect(replaced.json()).toMatchObject({ status: 'halted', statusReason: 'Account halted: by its owner' });
  });

  it('is not replaced without the password, and the wrong one changes nothing', async () => {
    const id = await connected();
    const fresh = newToken();
    atBroker.tokens.add(fresh);

    const without = await ask('PATCH', `/accounts/${id}`, { token: fresh, name: 'Renamed' });
    const wrong = await ask('PATCH', `/accounts/${id}`, { token: fresh, password: 'not my password' });

    expect([without, wrong].map((answer) => [answer.statusCode, answer.json().type])).toEqual([
      [403, '/problems/password-wrong'],
      [403, '/problems/password-wrong'],
    ]);
    expect(atBroker.opened).not.toContain(fresh);
    expect((await account(id)).name).toBe('Practice');
  });

  it('can be replaced before it is revoked, and is refused when it is another account’s', async () => {
    const id = await connected();
    const foreign = newToken();
    off.server.brokerage.add(newId(), [foreign]);
    const refused = await ask('PATCH', `/accounts/${id}`, { token: foreign, password: PASSWORD });
    expect([refused.statusCode, refused.json().type]).toEqual([422, '/problems/broker-account-forbidden']);
    expect(refused.body).toContain('"/token"');

    const fresh = newToken();
    atBroker.tokens.add(fresh);
    await ask('PATCH', `/accounts/${id}`, { token: fresh, password: PASSWORD });

    expect(atBroker.opened.at(-1)).toBe(fresh);
    expect((await account(id)).status).toBe('trading');
  });

  it('is no field of a paper account', async () => {
    const body = { name: 'Paper', environment: 'paper', currency: 'USD', initialBalance: '1000' };
    const { id } = (await ask('POST', '/accounts', body)).json();

    const answer = await ask('PATCH', `/accounts/${id}`, { token });

    expect([answer.statusCode, answer.json().errors]).toEqual([
      400,
      [{ pointer: '/token', detail: 'is not known for a paper account' }],
    ]);
  });
});

describe('disconnecting', () => {
  it('leaves orders and positions at the broker, and lets the account be connected again', async () => {
    atBroker.buyElsewhere(3_000);
    const id = await connected();
    const refused = await ask('DELETE', `/accounts/${id}`);
    expect(refused.statusCode).toBe(409);

    expect((await ask('DELETE', `/accounts/${id}?leave=true`)).statusCode).toBe(204);

    expect(atBroker.exchange.ledger.openPositions.size).toBe(1);
    expect((await account(id)).status).toBe(404);
    expect(await connected()).not.toBe(id);
  });

  it('is possible although the token is revoked', async () => {
    const id = await connected();
    atBroker.revoke(token);
    await until('the account is in error', async () => (await account(id)).status === 'error');

    expect((await ask('DELETE', `/accounts/${id}?leave=true`)).statusCode).toBe(204);
    expect(await rows()).toEqual([]);
  });
});

describe('a live account', () => {
  const WAIVED = ['maxOrderUnits', 'maxPositionUnits', 'maxSpreadPips'];
  let live: ScriptedAccount;
  let trader: TestUser;
  let asTrader: ReturnType<typeof askerFor>;

  beforeEach(async () => {
    trader = await signUp(on.server.app);
    asTrader = askerFor(on.server, trader);
    live = on.server.brokerage.add(newId(), [token], { environment: 'live' });
    live.quote(110_000);
  });

  const connectLive = (body: object = {}) =>
    asTrader('POST', '/accounts', {
      name: 'Live',
      environment: 'live',
      token,
      brokerAccountId: live.id,
      password: PASSWORD,
      confirmLive: live.id,
      limits: { maxDailyLoss: '200' },
      waivedLimits: WAIVED,
      ...body,
    });

  it.each<[string, object, number, string, RegExp]>([
    ['the password', { password: undefined }, 400, 'invalid-request', /"\/password"/],
    ['the right password', { password: 'not my password' }, 403, 'password-wrong', /"\/password"/],
    ['the confirmation', { confirmLive: undefined }, 400, 'invalid-request', /"\/confirmLive"/],
    ['the right confirmation', { confirmLive: 'yes' }, 400, 'invalid-request', /once more/],
    [
      'limits',
      { limits: undefined, waivedLimits: undefined },
      422,
      'live-limits-missing',
      /limits\/maxOrderUnits.*limits\/maxPositionUnits.*limits\/maxDailyLoss.*limits\/maxSpreadPips/,
    ],
    ['one limit', { limits: {} }, 422, 'live-limits-missing', /limits\/maxDailyLoss/],
    ['a limit that is one', { limits: { maxDailyLoss: null } }, 422, 'live-limits-missing', /maxDailyLoss/],
  ])('is not connected without %s', async (_what, change, status, problem, says) => {
    const answer = await connectLive(change);

    expect([answer.statusCode, answer.json().type]).toEqual([status, `/problems/${problem}`]);
    expect(answer.body).toMatch(says);
    expect(live.opened).toEqual([]);
  });

  it('shows which accounts there are without a password', async () => {
    const answer = await asTrader('POST', '/accounts', { name: 'Live', environment: 'live', token });

    expect(answer.json()).toMatchObject({
      type: '/problems/broker-account-not-named',
      facts: { accounts: [live.id] },
    });
  });

  it('is connected with all of it, and keeps its limits', async () => {
    const opened = await connectLive();
    expect([opened.statusCode, opened.json().status]).toEqual([201, 'trading']);
    const { id, waivedLimits } = opened.json();
    expect(waivedLimits).toEqual(WAIVED);

    const removed = await asTrader('PATCH', `/accounts/${id}`, { limits: { maxDailyLoss: null } });
    expect([removed.statusCode, removed.json().type]).toEqual([422, '/problems/live-limits-missing']);
    const waived = { limits: { maxDailyLoss: null }, waivedLimits: [...WAIVED, 'maxDailyLoss'] };
    const unconfirmed = await asTrader('PATCH', `/accounts/${id}`, waived);
    expect(unconfirmed.statusCode).toBe(403);

    const changed = await asTrader('PATCH', `/accounts/${id}`, { ...waived, password: PASSWORD });

    expect([changed.statusCode, changed.json().limits.maxDailyLoss]).toEqual([200, null]);
  });

  it('keeps a limit, or its waiver, when both are taken away at once', async () => {
    const both = { limits: { maxDailyLoss: '200' }, waivedLimits: [...WAIVED, 'maxDailyLoss'] };
    const { id } = (await connectLive(both)).json();

    // Both are judged before either is stored.
    const changes = [{ limits: { maxDailyLoss: null } }, { waivedLimits: WAIVED, password: PASSWORD }];
    const query = (sql: string) => on.server.orm.em.getConnection().execute(sql);
    const release = await holdUp(on.server, id);
    const asked = changes.map((change) => asTrader('PATCH', `/accounts/${id}`, change));
    await until('both wait to be stored', async () => (await waitingForLocks(query)) >= changes.length);
    await release();

    const statuses = (await Promise.all(asked)).map(({ statusCode }) => statusCode);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 422]);
    const { limits, waivedLimits } = (await asTrader('GET', `/accounts/${id}`)).json();
    expect(limits.maxDailyLoss !== null || waivedLimits.includes('maxDailyLoss')).toBe(true);
  });

  it('keeps its leverage when its limits are refused with it', async () => {
    const { id } = (await connectLive()).json();
    const change = vi.spyOn(live, 'setMarginRate');

    const body = { leverage: 10, limits: { maxDailyLoss: null } };
    const refused = await asTrader('PATCH', `/accounts/${id}`, body);

    expect(refused.json().type).toBe('/problems/live-limits-missing');
    expect(change).not.toHaveBeenCalled();
    await asTrader('PATCH', `/accounts/${id}`, { leverage: 10 });
    expect(change).toHaveBeenCalledOnce();
  });

  it('does not start when its limits are gone, and says so', async () => {
    const { id } = (await connectLive()).json();
    await on.server.supervisor.dismiss(id);
    await on.server.database
      .updateTable('oanda_accounts')
      .set({ max_daily_loss: null })
      .where('id', '=', id)
      .execute();
    const stored = await on.server.stores.accounts.find(id);
    if (stored) await on.server.supervisor.adopt(stored);

    const shown = (await asTrader('GET', `/accounts/${id}`)).json();
    expect(shown).toMatchObject({ status: 'error', statusCode: 'live-limits-missing' });
    expect(shown.statusReason).toContain('maxDailyLoss');

    await asTrader('PATCH', `/accounts/${id}`, { limits: { maxDailyLoss: '100' } });

    expect((await asTrader('GET', `/accounts/${id}`)).json()).toMatchObject({
      status: 'trading',
      statusCode: null,
    });
  });
});
