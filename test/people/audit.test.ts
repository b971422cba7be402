/** Who did what: every change names its person, its request and its address. */
import { beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { usersCommand } from '../../src/people/administration/users-command.ts';
import { PASSWORD, useServer } from '../support/test-server.ts';
import { addTrader, askerFor } from '../support/trading-client.ts';
import type { TestTrader } from '../support/trading-client.ts';

const context = useServer();
let trader: TestTrader;
let admin: ReturnType<typeof askerFor>;
let administrator: Awaited<ReturnType<typeof context.server.addUser>>;

beforeAll(async () => {
  trader = await addTrader(context.server);
  administrator = await context.server.addUser('admin');
  admin = askerFor(context.server, administrator);
});

/** The newest entry, as administrators see it. */
async function newest(query = ''): Promise<Record<string, unknown>> {
  const answer = await admin('GET', `/admin/events?order=desc&limit=1&${query}`);
  if (answer.statusCode !== 200) throw new Error(answer.body);
  // Administrators read all journals as soon as people do.
  await trader.ask('GET', '/events?limit=1');
  return (await admin('GET', `/admin/events?order=desc&limit=1&${query}`)).json().items[0];
}

describe('a change by a person', () => {
  it('says who, by what, before and after', async () => {
    const answer = await trader.ask('PATCH', '/me', { timezone: 'Asia/Tokyo' });
    expect(answer.statusCode).toBe(200);

    expect(await newest('type=change-made')).toMatchObject({
      type: 'change-made',
      userId: trader.user.id,
      actor: { type: 'person', userId: trader.user.id, name: trader.user.username, with: 'session' },
      requestId: answer.headers['x-request-id'],
      ipAddress: '127.0.0.1',
      details: { operation: 'changeMe', before: { timezone: 'UTC' }, after: { timezone: 'Asia/Tokyo' } },
    });
  });

  it('of the limits of an account has only those that changed', async () => {
    await trader.ask('PATCH', `/accounts/${trader.accountId}`, { limits: { maxOrderUnits: 5_000 } });

    expect(await newest('type=change-made')).toMatchObject({
      details: {
        operation: 'changeAccount',
        id: trader.accountId,
        before: { limits: { maxOrderUnits: null } },
        after: { limits: { maxOrderUnits: 5_000 } },
      },
    });
  });

  it('by a program names its key', async () => {
    const made = await trader.ask('POST', '/api-keys', {
      name: 'my bot',
      scope: 'trade',
      password: PASSWORD,
    });
    await trader.ask(
      'PATCH',
      '/settings',
      { preferences: { theme: 'dark' } },
      {
        headers: { authorization: `Bearer ${made.json().token}` },
      },
    );

    expect(await newest('type=change-made')).toMatchObject({
      actor: { type: 'person', name: trader.user.username, with: 'api-key', keyName: 'my bot' },
      details: { operation: 'changeSettings', after: { preferences: { theme: 'dark' } } },
    });
  });

  it('that acts on something says what of it was before and after', async () => {
    const answer = await trader.ask('POST', `/accounts/${trader.accountId}/halt`);
    const halted = await newest('type=change-made');
    await trader.ask('POST', `/accounts/${trader.accountId}/resume`, {});

    expect(halted).toMatchObject({
      requestId: answer.headers['x-request-id'],
      details: {
        operation: 'haltAccount',
        id: trader.accountId,
        before: { status: 'trading', statusReason: null },
        after: { status: 'halted', statusReason: expect.any(String) },
      },
    });
    expect((await newest('type=change-made')).details).toMatchObject({
      operation: 'resumeAccount',
      before: { status: 'halted' },
      after: { status: 'trading' },
    });
  });

  it('that removes something says what it was, without its secrets', async () => {
    const made = (
      await trader.ask('POST', '/api-keys', { name: 'old bot', scope: 'read', password: PASSWORD })
    ).json();
    await trader.ask('DELETE', `/api-keys/${made.id}`);

    const { details } = await newest('type=change-made');
    expect(details).toMatchObject({
      operation: 'revokeApiKey',
      before: { id: made.id, name: 'old bot', scope: 'read' },
      after: {},
    });
    expect(JSON.stringify(details)).not.toContain(made.tokenEnd);
  });

  it('of an order leaves its timeline as it was', async () => {
    const order = (await trader.order({ type: 'limit', price: '1.05' })).json();
    const replacing = (await trader.ask('PATCH', `/orders/${order.id}`, { price: '1.04' })).json();

    expect((await newest('type=change-made')).details).toMatchObject({
      operation: 'replaceOrder',
      before: { status: 'accepted', replacedByOrderId: null },
      after: { status: 'cancelled', replacedByOrderId: replacing.id },
    });
    const { steps } = (await trader.ask('GET', `/orders/${order.id}/timeline`)).json();
    expect(steps.map(({ step }: { step: string }) => step)).not.toContain('change-made');
  });

  it('that changes nothing, is refused, or is only looked at leaves no entry', async () => {
    const before = await newest();
    await trader.ask('PATCH', '/me', { timezone: 'Nowhere/Else' });
    await trader.ask('POST', '/orders/preview', {
      accountId: trader.accountId,
      instrument: 'EUR_USD',
      side: 'buy',
      type: 'market',
      units: 1_000,
    });
    await trader.ask('GET', '/me');

    expect(await newest()).toEqual(before);
  });
});

describe('a change by an administrator', () => {
  it('of what a person may says what it was and is, and not who the person is', async () => {
    const person = await context.server.addUser();
    await admin('PATCH', `/admin/users/${person.id}`, { isActive: false });

    const { details } = await newest('type=change-made');
    expect(details).toEqual({
      operation: 'changeUser',
      id: person.id,
      before: { status: 'active' },
      after: { status: 'disabled' },
    });
  });

  it('is in the journal of the person, who does not learn the name', async () => {
    await admin('POST', `/admin/accounts/${trader.accountId}/halt`, { reason: 'too much' });

    expect(await newest('type=intervention-requested')).toMatchObject({
      userId: trader.user.id,
      actor: { type: 'administrator', userId: administrator.id, name: administrator.username },
    });
    const own = await trader.ask('GET', '/events?order=desc&type=intervention-requested');
    expect(own.json().items[0]).toMatchObject({
      actor: { type: 'administrator', userId: administrator.id, name: null },
      ipAddress: null,
    });
    await admin('POST', `/admin/accounts/${trader.accountId}/lift`, {});
  });
});

describe('a change by a command', () => {
  it('names the command', async () => {
    const person = await context.server.addUser();
    const io = { stdout: { write: () => true }, stderr: { write: () => true } };
    const open = async () => ({ url: context.server.databaseUrl, close: async () => undefined });
    const code = await runCommand(io, () => usersCommand.run(['disable', person.email], io, open));

    expect(code).toBe(0);
    expect(await newest('type=user-disabled')).toMatchObject({
      userId: person.id,
      actor: { type: 'command', userId: null, name: 'manage users' },
      ipAddress: null,
    });
  });
});

describe('a person who is deleted', () => {
  it('is named nowhere, whatever they did', async () => {
    const { server } = context;
    const leaving = await server.addUser('admin');
    const ask = askerFor(server, leaving);
    await ask('PATCH', '/me', { timezone: 'Asia/Tokyo' });
    await ask('POST', `/admin/accounts/${trader.accountId}/halt`, { reason: 'too much' });
    await ask('POST', `/admin/accounts/${trader.accountId}/lift`, {});
    await admin('PATCH', `/admin/users/${leaving.id}`, { isActive: false });
    expect((await admin('DELETE', `/admin/users/${leaving.id}`)).statusCode).toBe(204);

    const rows = await server.database.selectFrom('events').selectAll().execute();
    expect(rows.filter(({ actor_id: id }) => id === leaving.id).length).toBeGreaterThan(2);
    expect(JSON.stringify(rows)).not.toContain(leaving.username);
  });
});
