/** `manage users` and `manage blocked-ips`. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { blockedIpsCommand } from '../../src/people/administration/blocked-ips-command.ts';
import { usersCommand } from '../../src/people/administration/users-command.ts';
import { signIn, signUp, useServer } from '../support/test-server.ts';
import type { Command } from '../../src/commands/command.ts';

const context = useServer();

async function run(command: Command, argv: readonly string[], input = '') {
  const written = { out: '', err: '' };
  const io = {
    stdin: Readable.from([input]),
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
  };
  const open = async () => ({ url: context.server.databaseUrl, close: async () => undefined });
  const code = await runCommand(io, () => command.run(argv, io, open));
  return { code, ...written };
}

const users = (...argv: string[]) => run(usersCommand, argv);
const blockedIps = (...argv: string[]) => run(blockedIpsCommand, argv);

describe('manage users', () => {
  it('lists people, all of them or those with a text in address or name', async () => {
    const [user, other] = [await context.server.addUser(), await context.server.addUser()];

    const all = await users('list');
    const some = await users('list', '--search', user.username);
    const none = await users('list', '--status', 'locked');

    expect([all.code, all.err]).toEqual([0, '']);
    expect(all.out).toContain(other.email);
    expect(some.out).toBe(`${user.username} <${user.email}>, trader, active, never signed in\n`);
    expect(none.out).toBe('There is no such person.\n');
  });

  it('changes a person who is named by address or username, in any case', async () => {
    const user = await signUp(context.server.app);

    const made = await users('make-admin', user.email.toUpperCase());
    const only = await users('disable', user.username);
    await users('make-admin', (await context.server.addUser()).username);
    const disabled = await users('disable', user.username);
    const enabled = await users('enable', user.username);

    expect(only).toEqual({ code: 1, out: '', err: 'This is the only active administrator.\n' });
    expect([made.code, disabled.code, enabled.code]).toEqual([0, 0, 0]);
    expect(made.out).toContain('>, admin, active, ');
    expect(disabled.out).toContain('>, admin, disabled, ');
    expect(enabled.out).toContain('>, admin, active, ');
  });

  it('lifts a lock, and signs a person out', async () => {
    // A command has the machine's clock.
    context.server.clock.now = Date.now();
    const user = await signUp(context.server.app);
    const payload = { email: user.email, password: 'not-the-right-one' };
    for (let count = 0; count < 10; count += 1) {
      const remoteAddress = '198.51.100.77';
      await context.server.app.inject({ method: 'POST', url: '/api/v1/auth/login', payload, remoteAddress });
      context.server.clock.now += 16_000;
    }
    expect((await users('show', user.username)).out).toContain(', locked until ');

    expect((await users('unlock', user.username)).out).toContain(', active, ');
    await signIn(context.server.app, user);
    expect(await users('sign-out', user.username)).toEqual({ code: 0, out: '2 sessions ended.\n', err: '' });
  });

  it('sets a password that is read from a pipe, and refuses a weak one', async () => {
    const user = await signUp(context.server.app);

    const weak = await run(usersCommand, ['set-password', user.username], 'short\n');
    const set = await run(usersCommand, ['set-password', user.username], 'another-long-passphrase\n');

    expect(weak.code).toBeGreaterThan(0);
    expect(weak.err).toBe('The new password is not valid. password: must have 12 to 128 characters\n');
    expect([set.code, set.out]).toEqual([
      0,
      `The password of ${user.username} was set; all sessions and API keys ended.\n`,
    ]);
    const payload = { email: user.email, password: 'another-long-passphrase' };
    const login = await context.server.app.inject({ method: 'POST', url: '/api/v1/auth/login', payload });
    expect(login.statusCode).toBe(200);
  });

  it.each([
    ['nothing', [], 'Name an action and a person, such as: manage users unlock you@example.com\n'],
    ['no person', ['unlock'], 'Name an action and a person, such as: manage users unlock you@example.com\n'],
    [
      'an unknown action',
      ['rename', 'x'],
      'Name an action and a person, such as: manage users unlock you@example.com\n',
    ],
    [
      'a person who is not there',
      ['show', 'no-one'],
      'There is no person no-one: manage users list shows all.\n',
    ],
    ['an unknown status', ['list', '--status', 'x'], '--status is one of active, locked, disabled.\n'],
    [
      'a filter where one is changed',
      ['show', 'x', '--search', 'y'],
      '--search and --status are for list.\n',
    ],
  ])('refuses %s in one line', async (_what, argv, err) => {
    const answer = await users(...argv);

    expect(answer).toEqual({ code: expect.any(Number), out: '', err });
    expect(answer.code).toBeGreaterThan(0);
  });
});

describe('manage blocked-ips', () => {
  it('blocks a range, lists it, and lifts the block', async () => {
    const block = await blockedIps('block', '192.0.2.0/24', '--reason', 'password guessing', '--hours', '2');
    const list = await blockedIps('list');
    const lifted = await blockedIps('unblock', '192.0.2.0/24');

    expect([block.code, list.code, lifted.code]).toEqual([0, 0, 0]);
    expect(block.out).toMatch(
      /^192\.0\.2\.0\/24 is blocked since .* UTC, until .* UTC: password guessing\n$/,
    );
    expect(list.out).toBe(block.out);
    expect(lifted.out).toBe('192.0.2.0/24 is answered again.\n');
    expect((await blockedIps('list')).out).toBe('No address is blocked.\n');
  });

  it.each([
    ['nothing', [], /^Say what to do, such as: manage blocked-ips block /],
    ['no reason', ['block', '192.0.2.1'], /^The reason is required/],
    ['an empty reason', ['block', '192.0.2.1', '--reason', ' '], /^The reason is required/],
    ['no address', ['block', 'example.org', '--reason', 'x'], /must be an IP address or a range/],
    [
      'hours that are none',
      ['block', '192.0.2.1', '--reason', 'x', '--hours', '0'],
      /^--hours is a number above 0/,
    ],
    ['what is not blocked', ['unblock', '192.0.2.1'], /^192\.0\.2\.1 is not blocked/],
  ])('refuses %s in one line', async (_what, argv, err) => {
    const answer = await blockedIps(...argv);

    expect(answer.code).toBeGreaterThan(0);
    expect(answer.err).toMatch(err);
    expect(answer.err.trim().split('\n')).toHaveLength(1);
    expect((await blockedIps('list')).out).toBe('No address is blocked.\n');
  });
});
