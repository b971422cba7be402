/** Signing in with a password and a code: `/me/second-factor`, `code` at `/auth/login`, and what administrators can do. */
import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { present } from '../../src/core/shared/assert.ts';
import { usersCommand } from '../../src/people/administration/users-command.ts';
import { KeyRing } from '../../src/encryption/key-ring.ts';
import { rotateSecondFactors } from '../../src/people/second-factor/rotate-second-factors.ts';
import { boundTo, SecondFactorCheck } from '../../src/people/second-factor/second-factor-check.ts';
import { codeAt, newSecret } from '../../src/people/second-factor/totp.ts';
import { PASSWORD, signIn, signUp, useServer } from '../support/test-server.ts';
import type { EncryptionKey } from '../../src/encryption/encryption-keys.ts';
import type { TestUser } from '../support/test-server.ts';

const context = useServer();
const path = '/api/v1/me/second-factor';
const STEP_MS = 30_000;

function post(user: Pick<TestUser, 'headers'>, url: string, payload: object) {
  return context.server.app.inject({ method: 'POST', url, headers: user.headers, payload });
}

function login({ email }: TestUser, proof: object) {
  const payload = { email, password: PASSWORD, ...proof };
  return context.server.app.inject({ method: 'POST', url: '/api/v1/auth/login', payload });
}

const statusOf = (headers: TestUser['headers']) =>
  context.server.app.inject({ url: '/api/v1/me', headers }).then(({ statusCode }) => statusCode);

/** A trader whose sign-in asks for a code, in a step of which none was taken. */
async function withFactor() {
  const { app, clock } = context.server;
  const user = await signUp(app);
  const secret = (await post(user, path, { password: PASSWORD })).json().secret;
  const confirmed = await post(user, `${path}/confirm`, { code: codeAt(secret, clock.now) });
  expect(confirmed.statusCode).toBe(200);
  clock.now += 2 * STEP_MS;
  return { ...user, secret, recoveryCodes: confirmed.json().recoveryCodes as readonly string[] };
}

const codeOf = ({ secret }: { readonly secret: string }) => codeAt(secret, context.server.clock.now);

describe('adding a second factor', () => {
  it('needs the password, a session and a right first code', async () => {
    const user = await signUp(context.server.app);

    const wrong = await post(user, path, { password: 'not my password' });
    const nothingWaits = await post(user, `${path}/confirm`, { code: '000000' });
    const added = await post(user, path, { password: PASSWORD });
    const wrongCode = await post(user, `${path}/confirm`, { code: 'abcdef' });

    expect(wrong.json().type).toBe('/problems/password-wrong');
    expect([nothingWaits.statusCode, nothingWaits.json().code]).toEqual([409, 'second-factor-missing']);
    expect([wrongCode.statusCode, wrongCode.json().type]).toEqual([403, '/problems/second-factor-wrong']);
    expect(added.json()).toEqual({
      secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
      uri: expect.stringContaining(encodeURIComponent(user.email)),
    });
    expect((await login(user, {})).statusCode).toBe(200);
    const shown = await context.server.app.inject({ url: path, headers: user.headers });
    expect(shown.json()).toEqual({ isOn: false, since: null, recoveryCodes: 0 });
  });

  it('is not undone by a removal that is refused', async () => {
    const { app, clock } = context.server;
    const [user, admin] = [await signUp(app), await context.server.addUser('admin')];
    const { secret } = (await post(user, path, { password: PASSWORD })).json();

    const url = `/api/v1/admin/users/${user.id}/second-factor`;
    const byAdmin = await app.inject({ method: 'DELETE', url, headers: admin.headers });
    const byThem = await post(user, `${path}/remove`, { password: PASSWORD });

    expect([byAdmin.statusCode, byThem.statusCode]).toEqual([409, 409]);
    const confirmed = await post(user, `${path}/confirm`, { code: codeAt(secret, clock.now) });
    expect(confirmed.statusCode).toBe(200);
  });

  it('ends the other sessions, and is shown without its secret', async () => {
    const { app, clock } = context.server;
    const user = await signUp(app);
    const other = await signIn(app, user);
    const { secret } = (await post(user, path, { password: PASSWORD })).json();

    const answer = await post(user, `${path}/confirm`, { code: codeAt(secret, clock.now) });

    expect(new Set(answer.json().recoveryCodes).size).toBe(10);
    expect(await statusOf({ authorization: `Bearer ${other.token}` })).toBe(401);
    expect(await statusOf(user.headers)).toBe(200);
    const shown = await app.inject({ url: path, headers: user.headers });
    expect(shown.json()).toEqual({ isOn: true, since: expect.any(String), recoveryCodes: 10 });
    expect((await post(user, path, { password: PASSWORD })).json().type).toBe(
      '/problems/second-factor-needed',
    );
  });

  it('keeps the secret and the recovery codes unreadable, and out of the journal', async () => {
    const user = await withFactor();

    const row = await context.server.database
      .selectFrom('second_factors')
      .selectAll()
      .where('user_id', '=', user.id)
      .executeTakeFirstOrThrow();
    const events = await context.server.database
      .selectFrom('events')
      .selectAll()
      .where('user_id', '=', user.id)
      .execute();

    const kept = JSON.stringify([row, events]) + context.server.log.join('');
    for (const secret of [user.secret, ...user.recoveryCodes]) expect(kept).not.toContain(secret);
    expect(events.map(({ type }) => type)).toContain('second-factor-added');
  });
});

describe('signing in with a second factor', () => {
  it('asks for a code only when the password is right, and takes each code once', async () => {
    const user = await withFactor();

    const wrongPassword = await login(user, { password: 'not my password', code: codeOf(user) });
    const without = await login(user, {});
    const wrong = await login(user, { code: '000000' });
    const right = await login(user, { code: codeOf(user) });
    const again = await login(user, { code: codeOf(user) });

    expect([wrongPassword, without, wrong, right, again].map(({ statusCode }) => statusCode)).toEqual([
      401, 403, 403, 200, 403,
    ]);
    expect(without.json().type).toBe('/problems/second-factor-needed');
    expect([wrong, again].map((answer) => answer.json().type)).toEqual(
      Array(2).fill('/problems/second-factor-wrong'),
    );
  });

  it('takes one code once, however often it is sent at the same moment', async () => {
    const user = await withFactor();
    const code = codeOf(user);

    const answers = await Promise.all(Array.from({ length: 6 }, () => login(user, { code })));

    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
  });

  it('takes no code of an earlier step than the last one', async () => {
    const user = await withFactor();
    const { clock } = context.server;
    const former = codeOf(user);
    clock.now += STEP_MS;
    expect((await login(user, { code: codeOf(user) })).statusCode).toBe(200);

    expect((await login(user, { code: former })).statusCode).toBe(403);
  });

  it('has to wait after five wrong codes, as after wrong passwords, and then answers as to a wrong password', async () => {
    const user = await withFactor();

    for (let count = 0; count < 5; count += 1) await login(user, { code: 'ABCD-EFGH-IJKL-MNOP' });

    const answers = [
      await login(user, { code: codeOf(user) }),
      await login(user, {}),
      await login(user, { password: 'not the password' }),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([429, 429, 429]);
    expect(answers.map((answer) => answer.json().code)).toEqual(Array(3).fill('sign-in-delayed'));
  });

  it('takes each recovery code once, in any case and spacing', async () => {
    const user = await withFactor();
    const [code = ''] = user.recoveryCodes;

    const first = await login(user, { code: code.toLowerCase().replaceAll('-', ' ') });
    const second = await login(user, { code });

    expect([first.statusCode, second.statusCode]).toEqual([200, 403]);
    const shown = await context.server.app.inject({ url: path, headers: user.headers });
    expect(shown.json().recoveryCodes).toBe(9);
  });

  it('replaces recovery codes with password and code', async () => {
    const user = await withFactor();

    const refused = await post(user, `${path}/recovery-codes`, { password: PASSWORD });
    const made = await post(user, `${path}/recovery-codes`, { password: PASSWORD, code: codeOf(user) });

    expect([refused.statusCode, made.statusCode]).toEqual([403, 200]);
    expect((await login(user, { code: user.recoveryCodes[1] })).statusCode).toBe(403);
    expect((await login(user, { code: made.json().recoveryCodes[1] })).statusCode).toBe(200);
  });

  it('opens no session without a code to who signs in while it is confirmed', async () => {
    const { app, clock } = context.server;
    const user = await signUp(app);
    const { secret } = (await post(user, path, { password: PASSWORD })).json();

    const [confirmed, ...opened] = await Promise.all([
      post(user, `${path}/confirm`, { code: codeAt(secret, clock.now) }),
      ...Array.from({ length: 8 }, () => login(user, {})),
    ]);

    expect(confirmed.statusCode).toBe(200);
    const tokens = opened.filter(({ statusCode }) => statusCode === 200).map((answer) => answer.json().token);
    const statuses = await Promise.all(tokens.map((token) => statusOf({ authorization: `Bearer ${token}` })));
    expect(statuses).toEqual(tokens.map(() => 401));
  });
});

describe('what asks for the password', () => {
  it('asks for a code too: making an API key, and another password', async () => {
    const user = await withFactor();
    const newPassword = 'another long secret';

    const answers = [
      await post(user, '/api/v1/api-keys', { name: 'bot', scope: 'read', password: PASSWORD }),
      await post(user, '/api/v1/me/password', { currentPassword: PASSWORD, newPassword }),
    ];

    expect(answers.map((answer) => answer.json().type)).toEqual(
      answers.map(() => '/problems/second-factor-needed'),
    );
    const key = { name: 'bot', scope: 'read', password: PASSWORD, code: codeOf(user) };
    expect((await post(user, '/api/v1/api-keys', key)).statusCode).toBe(201);
  });
});

describe('removing a second factor', () => {
  it('needs password and code, and ends the other sessions', async () => {
    const user = await withFactor();
    const other = (await login(user, { code: codeOf(user) })).json().token;
    context.server.clock.now += STEP_MS;

    const without = await post(user, `${path}/remove`, { password: PASSWORD });
    const wrong = await post(user, `${path}/remove`, { password: 'not my password', code: codeOf(user) });
    const removed = await post(user, `${path}/remove`, { password: PASSWORD, code: codeOf(user) });

    expect([without.statusCode, wrong.statusCode, removed.statusCode]).toEqual([403, 403, 204]);
    expect(await statusOf({ authorization: `Bearer ${other}` })).toBe(401);
    expect((await login(user, {})).statusCode).toBe(200);
  });

  it('is done by administrators for those who lost theirs, over HTTP and by command, and is recorded', async () => {
    const admin = await context.server.addUser('admin');
    const [first, second] = [await withFactor(), await withFactor()];
    const remove = (headers: TestUser['headers'], id: string) =>
      context.server.app.inject({
        method: 'DELETE',
        url: `/api/v1/admin/users/${id}/second-factor`,
        headers,
      });

    const statuses = [
      (await remove(second.headers, first.id)).statusCode,
      (await remove(admin.headers, first.id)).statusCode,
      (await remove(admin.headers, first.id)).statusCode,
    ];
    const io = { stdout: { write: () => undefined }, stderr: { write: () => undefined } };
    const open = async () => ({ url: context.server.databaseUrl, close: async () => undefined });
    const code = await runCommand(io, () =>
      usersCommand.run(['remove-second-factor', second.email], io, open),
    );

    expect([statuses, code]).toEqual([[403, 204, 409], 0]);
    expect((await login(first, {})).statusCode).toBe(200);
    expect((await login(second, {})).statusCode).toBe(200);
    const entries = await context.server.database
      .selectFrom('events')
      .select(['category', 'user_id'])
      .where('type', '=', 'second-factor-removed')
      .where('user_id', 'in', [first.id, second.id])
      .execute();
    expect(entries.map(({ category }) => category)).toEqual(['admin', 'admin']);
  });
});

describe('a change of the encryption key', () => {
  it('leaves second factors readable with the new one alone, and names those it cannot read', async () => {
    const { stores, addUser } = context.server;
    const [lost, old, fresh] = [keyOf('lost'), keyOf('old'), keyOf('new')];
    const add = async (key: EncryptionKey) => {
      const owner = { id: randomUUIDv7(), userId: (await addUser()).id };
      const sealed = ringOf(key).seal('SECRET', boundTo(owner));
      await stores.secondFactors.prepare(owner.userId, owner.id, sealed, 0);
      return owner;
    };
    const [unreadable, readable] = [await add(lost), await add(old)];

    const rotation = await rotateSecondFactors(stores.secondFactors, ringOf(fresh, old));

    const stored = present(await stores.secondFactors.find(readable.userId), 'the second factor');
    expect(ringOf(fresh).open(stored.secret, boundTo(readable))).toBe('SECRET');
    expect(rotation.unreadable).toContainEqual({
      userId: unreadable.userId,
      reason: 'ENCRYPTION_KEYS has no key "lost", which a secret needs.',
    });
  });

  it('stops no copy that can read both: it takes codes of both, and seals with its first key until it starts again', async () => {
    const { stores, addUser, clock } = context.server;
    const [old, fresh] = [keyOf('old'), keyOf('new')];
    const copyWith = (...keys: EncryptionKey[]) =>
      new SecondFactorCheck({ store: stores.secondFactors, keys: ringOf(...keys), clock: () => clock.now });
    const addAt = async (copy: SecondFactorCheck, keyId: string) => {
      const owner = { id: randomUUIDv7(), userId: (await addUser()).id };
      const secret = newSecret();
      const sealed = copy.seal(secret, owner);
      expect(sealed.keyId).toBe(keyId);
      await stores.secondFactors.prepare(owner.userId, owner.id, sealed, 0);
      const made = present(await stores.secondFactors.find(owner.userId), 'the second factor');
      await stores.secondFactors.confirm(made, { step: 0, recoveryCodeHashes: [], at: clock.now });
      return { userId: owner.userId, secret };
    };
    const passes = async (
      copy: SecondFactorCheck,
      { userId, secret }: { userId: string; secret: string },
    ) => {
      clock.now += 2 * STEP_MS;
      return (await copy.take(userId, codeAt(secret, clock.now))).isPassed;
    };
    const [prepared, started] = [copyWith(old, fresh), copyWith(fresh, old)];
    const [before, after] = [await addAt(prepared, 'old'), await addAt(started, 'new')];

    expect([await passes(prepared, before), await passes(prepared, after)]).toEqual([true, true]);
    expect([await passes(started, before), await passes(started, after)]).toEqual([true, true]);
    await rotateSecondFactors(stores.secondFactors, ringOf(fresh, old));
    expect([await passes(prepared, before), await passes(started, before)]).toEqual([true, true]);
    // A copy that was not prepared reads what it sealed itself, and says so of the rest.
    await expect(passes(copyWith(old), after)).rejects.toThrow('ENCRYPTION_KEYS has no key "new"');
  });
});

const keyOf = (id: string): EncryptionKey => ({ id, bytes: randomBytes(32) });
const ringOf = (...keys: EncryptionKey[]) => new KeyRing({ keys: () => keys });
