/** Administrators who halt, kill and close accounts of anyone, and stop strategies. */
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { interventionOf } from '../../src/trading/administration/intervention.ts';
import { accountsCommand, strategiesCommand } from '../../src/trading/administration/trading-commands.ts';
import { useServer } from '../support/test-server.ts';
import { addTrader, askerFor } from '../support/trading-client.ts';
import type { Command } from '../../src/commands/command.ts';

const context = useServer();

let isFollowing: Promise<string> | undefined;

/** An administrator of a server that follows the journal as it does in production. */
async function administrator() {
  const { server } = context;
  isFollowing ??= server.listen().then((address) => {
    server.journal.subscribe((entries) => server.interventions.follow(entries));
    return address;
  });
  await isFollowing;
  const admin = await server.addUser('admin');
  return { ...admin, ask: askerFor(server, admin) };
}

async function run(command: Command, ...argv: readonly string[]) {
  const written = { out: '', err: '' };
  const io = {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
  };
  const open = async () => ({ url: context.server.databaseUrl, close: async () => undefined });
  const code = await runCommand(io, () => command.run(argv, io, open));
  return { code, ...written };
}

async function withStrategy() {
  const trader = await addTrader(context.server);
  const made = await trader.ask('POST', '/strategies', {
    accountId: trader.accountId,
    name: 'Crossing',
    strategyType: 'ema_cross',
    instrument: 'EUR_USD',
  });
  const strategyId: string = made.json().id;
  await trader.ask('POST', `/strategies/${strategyId}/start`);
  const statusOf = async (): Promise<string> =>
    (await trader.ask('GET', `/strategies/${strategyId}`)).json().status;
  return { ...trader, strategyId, statusOf };
}

const statusOf = async ({ ask, accountId }: Awaited<ReturnType<typeof addTrader>>) =>
  (await ask('GET', `/accounts/${accountId}`)).json().status;

describe('an administrator', () => {
  it('sees accounts and strategies of everyone, or of one person', async () => {
    const { ask } = await administrator();
    const { user, accountId, strategyId } = await withStrategy();

    const accounts = await ask('GET', `/admin/accounts?search=${user.username.toUpperCase()}`);
    const strategies = await ask('GET', `/admin/strategies?search=${user.email}`);

    expect(accounts.json().items).toMatchObject([
      { id: accountId, userId: user.id, username: user.username, environment: 'paper', status: 'trading' },
    ]);
    expect(strategies.json().items).toMatchObject([{ id: strategyId, accountId, username: user.username }]);
    expect((await ask('GET', '/admin/accounts?limit=1')).json().items).toHaveLength(1);
  });

  it('halts an account, which takes no new exposure then, and its owner reads by whom', async () => {
    const { id, ask } = await administrator();
    const trader = await addTrader(context.server);

    const asked = await ask('POST', `/admin/accounts/${trader.accountId}/halt`);

    expect(asked.statusCode).toBe(202);
    await expect.poll(() => statusOf(trader)).toBe('halted');
    expect((await trader.ask('GET', `/accounts/${trader.accountId}`)).json().statusReason).toBe(
      'Account halted: by an administrator',
    );
    expect((await trader.order()).statusCode).toBe(422);
    const events = (await trader.ask('GET', '/events?category=admin')).json().items;
    expect(events).toMatchObject([
      { type: 'intervention-requested', details: { action: 'halt', administratorId: id } },
    ]);
  });

  it('kills an account: its positions are closed', async () => {
    const { ask } = await administrator();
    const trader = await addTrader(context.server);
    await trader.order();

    await ask('POST', `/admin/accounts/${trader.accountId}/kill`);

    const open = async () => (await trader.ask('GET', '/positions?open=true')).json().items;
    await expect.poll(open).toEqual([]);
    await expect.poll(() => statusOf(trader)).toBe('halted');
  });

  it('closes an account that holds nothing, and reads why another is not closed', async () => {
    const { ask } = await administrator();
    const [empty, full] = [await addTrader(context.server), await addTrader(context.server)];
    await full.order();

    await ask('POST', `/admin/accounts/${empty.accountId}/close`);
    await ask('POST', `/admin/accounts/${full.accountId}/close`);

    await expect
      .poll(async () => (await empty.ask('GET', `/accounts/${empty.accountId}`)).statusCode)
      .toBe(404);
    const types = async () =>
      (await full.ask('GET', '/events?category=admin'))
        .json()
        .items.map(({ type }: { type: string }) => type);
    await expect.poll(types).toContain('intervention-refused');
    expect(await statusOf(full)).toBe('trading');
  });

  it('stops a strategy', async () => {
    const { ask } = await administrator();
    const trader = await withStrategy();

    const asked = await ask('POST', `/admin/strategies/${trader.strategyId}/stop`, { mode: 'close' });

    expect(asked.statusCode).toBe(202);
    await expect.poll(trader.statusOf).toBe('stopped');
  });
});

describe('a trader', () => {
  it('cannot ask for it, and no entry but that of an administrator does', async () => {
    await administrator();
    const [one, other] = [await withStrategy(), await addTrader(context.server)];

    const answers = [
      await other.ask('GET', '/admin/accounts'),
      await other.ask('GET', '/admin/strategies'),
      await other.ask('POST', `/admin/accounts/${one.accountId}/kill`),
      await other.ask('POST', `/admin/strategies/${one.strategyId}/stop`, { mode: 'keep' }),
    ];

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([403, 403, 403, 403]);
    const entry = { type: 'intervention-requested', accountId: one.accountId, details: { action: 'kill' } };
    expect(interventionOf({ ...entry, category: 'trading' })).toBeUndefined();
    expect(interventionOf({ ...entry, category: 'admin', details: { action: 'sell' } })).toBeUndefined();
    expect(interventionOf({ ...entry, category: 'admin' })).toEqual({
      action: 'kill',
      accountId: one.accountId,
    });
  });
});

describe('manage accounts and manage strategies', () => {
  it('list, halt and stop through the server that runs', async () => {
    await administrator();
    const trader = await withStrategy();

    const listed = await run(accountsCommand, 'list', '--search', trader.user.username);
    const strategies = await run(strategiesCommand, 'list', '--search', trader.user.username);
    const stopped = await run(strategiesCommand, 'stop', trader.strategyId);
    const halted = await run(accountsCommand, 'halt', trader.accountId);

    expect(listed.out).toBe(`${trader.accountId} ${trader.user.username}: Paper, paper, USD, trading\n`);
    expect(strategies.out).toMatch(new RegExp(`^${trader.strategyId} .*: Crossing, ema_cross on EUR_USD, `));
    expect([stopped.code, stopped.out]).toEqual([0, expect.stringMatching(/, stopped\n$/)]);
    expect([halted.code, halted.out]).toEqual([0, expect.stringMatching(/, halted\n$/)]);
  });

  it('end with 1 when no server does what was asked for', async () => {
    const trader = await addTrader(context.server);
    await context.server.supervisor.dismiss(trader.accountId);

    const halted = await run(accountsCommand, 'halt', trader.accountId);

    expect(halted).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(/^No server has done it within 10 seconds.*It is stored/),
    });
  });

  it('end with 1 too when the account is halted and the strategy stopped already', async () => {
    const trader = await withStrategy();
    await trader.ask('POST', `/strategies/${trader.strategyId}/stop`, { mode: 'keep' });
    await trader.ask('POST', `/accounts/${trader.accountId}/halt`);
    await context.server.supervisor.dismiss(trader.accountId);

    const answers = await Promise.all([
      run(accountsCommand, 'kill', trader.accountId),
      run(strategiesCommand, 'stop', trader.strategyId, '--mode', 'close'),
    ]);

    for (const answer of answers)
      expect(answer).toEqual({ code: 1, out: '', err: expect.stringMatching(/^No server has done it/) });
  });

  it.each([
    ['no id', accountsCommand, ['halt'], /^Say what to do, such as: manage accounts halt ID/],
    ['what is no id', accountsCommand, ['kill', 'x'], /^x is not an id\.\n$/],
    [
      'another mode',
      strategiesCommand,
      ['stop', 'x', '--mode', 'now'],
      /^--mode is one of keep, close, drain/,
    ],
    [
      'an account that is not there',
      accountsCommand,
      ['halt', '00000000-0000-7000-8000-000000000000'],
      /^There is no such account/,
    ],
  ])('refuse %s in one line', async (_what, command, argv, err) => {
    const answer = await run(command, ...argv);

    expect([answer.out, answer.code > 0]).toEqual(['', true]);
    expect(answer.err).toMatch(err);
  });
});
