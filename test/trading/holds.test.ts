/** What an administrator asked for is not lost when no copy of the server runs the account, and its owner cannot undo it. */
import { describe, expect, it } from 'vitest';
import { present } from '../../src/core/shared/assert.ts';
import { runCommand } from '../../src/commands/command.ts';
import { accountsCommand, strategiesCommand } from '../../src/trading/administration/trading-commands.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader, askerFor } from '../support/trading-client.ts';
import type { Command } from '../../src/commands/command.ts';

// The journal is not followed: only what is stored reaches an account.
const context = useServer();

async function administrator() {
  const { server } = context;
  return askerFor(server, await server.addUser('admin'));
}

async function run(command: Command, ...argv: readonly string[]) {
  const written = { out: '', err: '' };
  const io = {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
  };
  const open = async () => ({ url: context.server.databaseUrl, close: async () => undefined });
  return { code: await runCommand(io, () => command.run(argv, io, open)), ...written };
}

/** A person with a position and a strategy that runs, on an account that can be put aside and taken again. */
async function addHolder() {
  const { server } = context;
  const trader = await addTrader(server);
  const { ask, accountId } = trader;
  await trader.order();
  const made = await ask('POST', '/strategies', {
    accountId,
    name: 'Crossing',
    strategyType: 'ema_cross',
    instrument: 'EUR_USD',
  });
  const strategyId: string = made.json().id;
  const command = (name: string) => ask('POST', `/accounts/${accountId}/${name}`);
  const strategy = (name: string, body?: object) => ask('POST', `/strategies/${strategyId}/${name}`, body);
  await strategy('start');
  return {
    ...trader,
    strategyId,
    command,
    strategy,
    account: async () => (await ask('GET', `/accounts/${accountId}`)).json(),
    strategyStatus: async () => (await ask('GET', `/strategies/${strategyId}`)).json().status,
    openPositions: async () =>
      (await ask('GET', `/positions?accountId=${accountId}&open=true`)).json().items.length,
    /** No copy of the server runs it. */
    leave: () => server.supervisor.dismiss(accountId),
    /** A copy takes it, and prices come again. */
    take: async () => {
      await server.supervisor.adopt(present(await server.stores.accounts.find(accountId), 'the account'));
      await server.quote('EUR_USD', 110_000, 110_010);
    },
  };
}

const HELD = { status: 409, type: '/problems/held-by-administrator' };

describe('what an administrator asks for while no copy runs the account', () => {
  it('is a halt when one does, and its owner cannot resume it', async () => {
    const [admin, holder] = [await administrator(), await addHolder()];
    await holder.leave();

    const asked = await admin('POST', `/admin/accounts/${holder.accountId}/halt`, { reason: 'fraud' });
    const early = await holder.command('resume');
    await holder.take();

    expect(asked.json()).toMatchObject({ heldSince: expect.stringMatching(/Z$/), holdReason: 'fraud' });
    expect(early.json()).toMatchObject(HELD);
    expect(await holder.account()).toMatchObject({
      status: 'halted',
      statusReason: 'Account halted: by an administrator: fraud',
    });
    expect((await holder.order()).json()).toMatchObject({ code: 'account-halted' });
    expect((await holder.command('resume')).json()).toMatchObject({
      ...HELD,
      detail: 'An administrator halted the account (fraud), and must lift that first.',
    });
    expect((await holder.ask('DELETE', `/accounts/${holder.accountId}`)).json()).toMatchObject(HELD);
    expect((await holder.ask('DELETE', `/accounts/${holder.accountId}?drain=true`)).json()).toMatchObject(
      HELD,
    );
    expect(await holder.openPositions()).toBe(1);
    expect(await holder.strategyStatus()).toBe('running');
  });

  it('is a kill when one does, once', async () => {
    const [admin, holder] = [await administrator(), await addHolder()];
    await holder.leave();
    await admin('POST', `/admin/accounts/${holder.accountId}/kill`);

    await holder.take();

    const { stores } = context.server;
    await expect
      .poll(() => stores.accounts.find(holder.accountId))
      .toMatchObject({ hold: { isKillDue: false }, statusReason: expect.stringMatching(/flat/) });
    expect(await holder.openPositions()).toBe(0);
    const entries = (await holder.ask('GET', '/events?limit=500')).json().items;
    const closes = entries.filter(({ type }: { type: string }) => type === 'order-submitted');
    await holder.leave();
    await holder.take();
    const later = (await holder.ask('GET', '/events?limit=500')).json().items;
    expect(later.filter(({ type }: { type: string }) => type === 'order-submitted')).toEqual(closes);
  });

  it('is the end of a strategy when one does, and its owner cannot start it', async () => {
    const [admin, holder] = [await administrator(), await addHolder()];
    await holder.leave();
    await admin('POST', `/admin/strategies/${holder.strategyId}/stop`, { mode: 'keep', reason: 'too fast' });

    await holder.take();

    expect(await holder.strategyStatus()).toBe('stopped');
    expect((await holder.strategy('start')).json()).toMatchObject({
      ...HELD,
      detail: 'An administrator stopped the strategy (too fast), and must lift that first.',
    });
    expect(await holder.account()).toMatchObject({ status: 'trading' });
  });
});

describe('what an administrator asks for while the account runs', () => {
  it('wins over a resume and a start that were under way', async () => {
    const [admin, holder] = [await administrator(), await addHolder()];
    const { accountId, strategyId } = holder;
    const { stores, supervisor } = context.server;
    await holder.strategy('stop', { mode: 'keep' });
    const stopped = present(await stores.strategies.find(strategyId), 'the strategy');
    await admin('POST', `/admin/accounts/${accountId}/halt`);
    await admin('POST', `/admin/strategies/${strategyId}/stop`, { mode: 'keep' });
    const live = present(supervisor.find(accountId), 'the account');

    await expect(live.resume()).rejects.toMatchObject({ type: 'held-by-administrator' });
    await expect(live.strategies.start(stopped)).rejects.toMatchObject({ type: 'invalid-transition' });
  });
});

describe('a hold that is lifted', () => {
  it('lets the owner resume and start again, and is in the journal', async () => {
    const [admin, holder] = [await administrator(), await addHolder()];
    const { accountId, strategyId } = holder;
    await holder.strategy('stop', { mode: 'keep' });
    await admin('POST', `/admin/accounts/${accountId}/kill`);
    await admin('POST', `/admin/strategies/${strategyId}/stop`, { mode: 'close' });

    const lifted = [
      await admin('POST', `/admin/accounts/${accountId}/lift`),
      await admin('POST', `/admin/strategies/${strategyId}/lift`),
    ];
    const again = await admin('POST', `/admin/accounts/${accountId}/lift`);

    expect(lifted.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect(lifted[0]?.json()).toMatchObject({ heldSince: null, holdReason: null });
    expect(again.statusCode).toBe(409);
    expect((await holder.command('resume')).json()).toMatchObject({ status: 'trading' });
    expect((await holder.strategy('start')).statusCode).toBe(200);
    expect(await holder.openPositions()).toBe(1);
    const { items } = (await holder.ask('GET', '/events?category=admin')).json();
    expect(items.filter(({ type }: { type: string }) => type === 'hold-lifted')).toHaveLength(2);
  });

  it('is lifted by commands, when there is one', async () => {
    const [admin, holder] = [await administrator(), await addHolder()];
    const { accountId, strategyId, user } = holder;
    await admin('POST', `/admin/accounts/${accountId}/halt`);
    await admin('POST', `/admin/strategies/${strategyId}/stop`, { mode: 'keep' });

    const [account, strategy] = [
      await run(accountsCommand, 'lift', accountId),
      await run(strategiesCommand, 'lift', strategyId),
    ];
    const again = await run(accountsCommand, 'lift', accountId);

    expect([account.code, strategy.code, again.code > 0]).toEqual([0, 0, true]);
    expect(account.out).toMatch(new RegExp(`^${accountId} ${user.username}`));
    expect(again.err).toBe('No administrator has halted this account.\n');
    expect((await holder.command('resume')).statusCode).toBe(200);
  });
});

// Last: from its start on the supervisor looks after accounts by itself, and does what others leave to be done.
describe('a supervisor that is started', () => {
  it('does what an administrator asks for while the account runs, without the journal too', async () => {
    const [admin, holder] = [await administrator(), await addHolder()];
    await admin('POST', `/admin/strategies/${holder.strategyId}/stop`, { mode: 'keep' });
    await admin('POST', `/admin/accounts/${holder.accountId}/kill`);

    await context.server.supervisor.start();

    await expect.poll(holder.openPositions).toBe(0);
    expect(await holder.account()).toMatchObject({ status: 'halted' });
    expect(await holder.strategyStatus()).toBe('stopped');
  });
});
