/** Who may sign up: `/admin/settings` and `manage sign-up`. */
import { beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { signUpCommand } from '../../src/people/administration/sign-up-command.ts';
import { PASSWORD, useServer } from '../support/test-server.ts';

const context = useServer();
const OPEN = {
  signUp: 'open',
  listedSignUps: [],
  personLimits: expect.objectContaining({ accounts: 100 }),
  journalDays: 365,
  securityJournalDays: 730,
  systemJournalDays: 365,
  adminJournalDays: 730,
  requireVerifiedEmail: false,
  requireSecondFactor: 'none',
  hideApiDescription: false,
};
let admin: Awaited<ReturnType<typeof context.server.addUser>>;
let count = 0;

beforeEach(async () => {
  admin = await context.server.addUser('admin');
  await context.server.database.deleteFrom('system_settings').execute();
});

function ask(method: 'GET' | 'PATCH', headers: Readonly<Record<string, string>>, payload?: object) {
  const request = { method, url: '/api/v1/admin/settings', headers };
  return context.server.app.inject(payload === undefined ? request : { ...request, payload });
}

async function register(email: string) {
  const payload = { email, username: `name-${(count += 1)}`, password: PASSWORD };
  return context.server.app.inject({ method: 'POST', url: '/api/v1/auth/register', payload });
}

async function signUp(...argv: string[]) {
  const written = { out: '', err: '' };
  const io = {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
  };
  const open = async () => ({ url: context.server.databaseUrl, close: async () => undefined });
  const code = await runCommand(io, () => signUpCommand.run(argv, io, open));
  return { code, ...written };
}

describe('sign-up', () => {
  it('is open until an administrator decides otherwise', async () => {
    expect((await ask('GET', admin.headers)).json()).toEqual(OPEN);
    expect((await register('anyone@example.net')).statusCode).toBe(201);
  });

  it('can be closed, and is then refused without a row', async () => {
    const changed = await ask('PATCH', admin.headers, { signUp: 'closed' });

    expect([changed.statusCode, changed.json().signUp]).toEqual([200, 'closed']);
    const refused = await register('late@example.net');
    expect([refused.statusCode, refused.json().code]).toEqual([403, 'sign-up-closed']);
    const rows = await context.server.database
      .selectFrom('users')
      .select('id')
      .where('email', '=', 'late@example.net')
      .execute();
    expect(rows).toEqual([]);
  });

  it('can be for listed addresses and domains, in any case, and not for domains below them', async () => {
    const listedSignUps = ['Friend@example.net', '@Company.example', '@company.example'];
    const changed = await ask('PATCH', admin.headers, { signUp: 'listed', listedSignUps });

    expect(changed.json().listedSignUps).toEqual(['friend@example.net', '@company.example']);
    const statusOf = async (email: string) => (await register(email)).statusCode;
    expect(await statusOf('FRIEND@example.net')).toBe(201);
    expect(await statusOf('someone@COMPANY.example')).toBe(201);
    expect(await statusOf('other@example.net')).toBe(403);
    expect(await statusOf('someone@evil.company.example')).toBe(403);
    expect(await statusOf('someone@notcompany.example')).toBe(403);
  });

  it.each(['example', '@example', 'a b@example.org', '@', ''])('refuses to list "%s"', async (entry) => {
    const answer = await ask('PATCH', admin.headers, {
      signUp: 'listed',
      listedSignUps: ['@example.org', entry],
    });

    expect([answer.statusCode, answer.json().errors]).toEqual([
      400,
      [{ pointer: '/listedSignUps/1', detail: expect.stringContaining('@example.org') }],
    ]);
    expect((await ask('GET', admin.headers)).json()).toEqual(OPEN);
  });

  it('records what was listed and what is not listed any more', async () => {
    await ask('PATCH', admin.headers, { listedSignUps: ['@one.example', '@two.example'] });
    await ask('PATCH', admin.headers, { listedSignUps: ['@two.example', '@three.example'] });

    const entries = await context.server.database
      .selectFrom('events')
      .select('details')
      .where('type', '=', 'settings-changed')
      .where('user_id', '=', admin.id)
      .orderBy('sequence')
      .execute();
    expect(entries.map(({ details }) => details)).toMatchObject([
      { listed: ['@one.example', '@two.example'], notListedAnyMore: [] },
      { listed: ['@three.example'], notListedAnyMore: ['@one.example'] },
    ]);
  });

  it('is decided by no trader, and a decision is recorded once with what held before', async () => {
    const trader = await context.server.addUser();

    expect((await ask('PATCH', trader.headers, { signUp: 'closed' })).statusCode).toBe(403);
    expect((await ask('GET', trader.headers)).statusCode).toBe(403);
    for (let repeat = 0; repeat < 2; repeat += 1) await ask('PATCH', admin.headers, { signUp: 'closed' });

    const entries = await context.server.database
      .selectFrom('events')
      .select(['category', 'details'])
      .where('type', '=', 'settings-changed')
      .where('user_id', '=', admin.id)
      .execute();
    expect(entries).toEqual([
      {
        category: 'admin',
        details: { signUp: { from: 'open', to: 'closed' }, listed: [], notListedAnyMore: [] },
      },
    ]);
  });
});

describe('manage sign-up', () => {
  it('shows and changes who may sign up', async () => {
    const lines = [
      await signUp('show'),
      await signUp('closed'),
      await signUp('listed'),
      await signUp('listed', '@Example.org', 'you@example.com'),
      await signUp('show'),
      await signUp('open'),
    ];

    expect(lines.map(({ code, err }) => [code, err])).toEqual(lines.map(() => [0, '']));
    expect(lines.map(({ out }) => out)).toEqual([
      'Anyone may sign up.\n',
      'No one may sign up.\n',
      'No one may sign up: the list is empty.\n',
      'These may sign up: @example.org, you@example.com\n',
      'These may sign up: @example.org, you@example.com\n',
      'Anyone may sign up.\n',
    ]);
  });

  it.each([[[]], [['shut']], [['closed', '@example.org']], [['listed', 'nonsense']]])(
    'refuses %j in one line',
    async (argv) => {
      const { code, out, err } = await signUp(...argv);

      expect([code > 0, out, err.trim().split('\n').length]).toEqual([true, '', 1]);
      expect((await signUp('show')).out).toBe('Anyone may sign up.\n');
    },
  );
});
