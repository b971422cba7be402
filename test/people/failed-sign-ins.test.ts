/** Guessing passwords: what it costs who guesses, and that it costs no one else. */
import { WebSocket } from 'ws';
import { describe, expect, it } from 'vitest';
import { changesBlocks } from '../../src/people/administration/address-admin.ts';
import { delayAfter } from '../../src/people/failed-sign-ins/sign-in-delay.ts';
import { PASSWORD, signUp, useServer } from '../support/test-server.ts';

const context = useServer({ trustedProxies: ['127.0.0.1', '203.0.113.200'] });

interface Attempt {
  readonly email?: string;
  readonly username?: string;
  readonly password?: string;
  /** Where it comes from. */
  readonly from?: string;
  readonly device?: string;
}

let hosts = 0;
/** An address from which nothing came before. */
const newAddress = () => `198.18.${Math.floor(++hosts / 250)}.${(hosts % 250) + 1}`;

function login({ from = newAddress(), device, password = 'not the password', ...identity }: Attempt) {
  return context.server.app.inject({
    method: 'POST',
    url: '/api/v1/auth/login',
    headers: { 'x-forwarded-for': from, ...(device !== undefined && { cookie: `device=${device}` }) },
    payload: { ...identity, password },
  });
}

async function statusOf(attempt: Attempt): Promise<number> {
  return (await login(attempt)).statusCode;
}

/** Guesses until strangers have to wait for the longest time. */
async function guessMuch(email: string): Promise<void> {
  const { clock } = context.server;
  for (let count = 0; count < 15; count += 1) {
    const answer = await login({ email });
    if (answer.statusCode === 429) {
      clock.now += Number(answer.headers['retry-after']) * 1_000;
      count -= 1;
    }
  }
}

async function deviceOf(attempt: Attempt): Promise<string> {
  const answer = await login({ password: PASSWORD, ...attempt });
  return answer.cookies.find(({ name }) => name === 'device')?.value ?? '';
}

const from = async (address: string) =>
  (
    await context.server.app.inject({
      url: '/api/v1/market/clock',
      headers: { 'x-forwarded-for': address },
    })
  ).statusCode;

describe('guessing the password of a person', () => {
  it('has to wait after five failures, from whatever addresses, twice as long each time, and the right password as well', async () => {
    const { app, clock } = context.server;
    const { email } = await signUp(app);
    const waits: unknown[] = [];

    for (let count = 0; count < 8; count += 1) {
      const failed = await login({ email });
      const next = await login({
        email,
        password: PASSWORD,
        from: '198.51.100.1',
        ...(count < 4 && { email: 'x@example.org' }),
      });
      waits.push([failed.statusCode, count < 4 ? undefined : next.headers['retry-after']]);
      if (count >= 4) {
        expect(next.json()).toMatchObject({ type: '/problems/too-many-requests', code: 'sign-in-delayed' });
        clock.now += 1_000 * 2 ** (count - 4) - 1;
        expect(await statusOf({ email })).toBe(429);
        clock.now += 1;
      }
    }

    expect(waits).toEqual([
      ...Array.from({ length: 4 }, () => [401, undefined]),
      [401, '1'],
      [401, '2'],
      [401, '4'],
      [401, '8'],
    ]);
    expect(await statusOf({ email, password: PASSWORD })).toBe(200);
  });

  it('shows the same for a person who exists, who does not, and who is disabled', async () => {
    const { app, database } = context.server;
    const [known, disabled] = [await signUp(app), await signUp(app)];
    await database.updateTable('users').set({ is_active: false }).where('id', '=', disabled.id).execute();
    const attempts = [
      { email: known.email },
      { email: 'no-one-here@example.org' },
      { email: disabled.email, password: PASSWORD },
      { username: known.username },
      { username: 'no-one-here' },
    ];

    const shown = await Promise.all(
      attempts.map(async (attempt) => {
        const answers = [];
        for (let count = 0; count < 7; count += 1) answers.push(await login(attempt));
        return answers.map((answer) => ({
          ...answer.json(),
          requestId: '',
          headers: Object.keys(answer.headers).sort(),
          retryAfter: answer.headers['retry-after'],
        }));
      }),
    );

    expect(shown[0]?.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429, 429]);
    for (const other of shown.slice(1)) expect(other).toEqual(shown[0]);
  });

  it('counts failures that come at the same time, in all copies of the server', async () => {
    const { app, stores, clock } = context.server;
    const { email } = await signUp(app);
    await Promise.all(Array.from({ length: 4 }, () => login({ email })));
    const subject = { id: 'x'.repeat(64), forgottenAfterMs: 60_000 };

    const counts = await Promise.all(
      Array.from({ length: 9 }, () => stores.signInFailures.add(subject, clock.now)),
    );

    expect(counts.map(({ count }) => count).sort((one, other) => one - other)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
    expect([await statusOf({ email }), await statusOf({ email })]).toEqual([401, 429]);
  });

  it('shows administrators until when strangers wait, and counts failures of a known sender without that', async () => {
    const { app, stores, database, clock } = context.server;
    const { id: userId } = await signUp(app);
    const subject = { id: 'y'.repeat(64), forgottenAfterMs: 3_600_000 };
    const shownAfter = async (strangersWait: boolean) => {
      await stores.signInFailures.addOf({ userId, strangersWait }, subject, clock.now);
      const { failed_login_attempts: count, locked_until: until } = await database
        .selectFrom('users')
        .select(['failed_login_attempts', 'locked_until'])
        .where('id', '=', userId)
        .executeTakeFirstOrThrow();
      return [count, until && until.getTime() - clock.now];
    };

    expect(await shownAfter(false)).toEqual([1, null]);
    for (let count = 2; count <= 17; count += 1)
      expect(await shownAfter(true)).toEqual([count, delayAfter(count)]);
    clock.now += 1_000;
    expect(await shownAfter(false)).toEqual([18, delayAfter(17) - 1_000]);
  });

  it('forgets one failure in each hour', async () => {
    const { app, clock } = context.server;
    const { email } = await signUp(app);
    for (let count = 0; count < 5; count += 1) await login({ email });
    clock.now += 2 * 3_600_000;

    const statuses = [];
    for (let count = 0; count < 3; count += 1) statuses.push(await statusOf({ email }));

    expect(statuses).toEqual([401, 401, 429]);
  });
});

describe('an owner whose password is guessed', () => {
  it('gets in from a known device and a known address, while strangers wait', async () => {
    const { app } = context.server;
    const { email } = await signUp(app);
    const device = await deviceOf({ email, from: '198.51.100.10' });
    await guessMuch(email);

    expect(await statusOf({ email, password: PASSWORD })).toBe(429);
    expect(await statusOf({ email, password: PASSWORD, device })).toBe(200);
    expect(await statusOf({ email, password: PASSWORD, from: '198.51.100.10' })).toBe(200);
    expect(await statusOf({ email, password: PASSWORD })).toBe(429);
  });

  it('gets in from another address of the same IPv6 network', async () => {
    const { app } = context.server;
    const { email } = await signUp(app);
    await login({ email, password: PASSWORD, from: '2001:db8:77::1' });
    await guessMuch(email);

    expect(await statusOf({ email, password: PASSWORD, from: '2001:db8:77::ffff' })).toBe(200);
    expect(await statusOf({ email, password: PASSWORD, from: '2001:db8:77:1::1' })).toBe(429);
  });

  it('is not helped by a device of someone else, and their device not by guessing on it', async () => {
    const { app } = context.server;
    const [owner, other] = [await signUp(app), await signUp(app)];
    const device = await deviceOf({ email: other.email });
    await guessMuch(owner.email);

    expect(await statusOf({ email: owner.email, password: PASSWORD, device })).toBe(429);
    for (const made of ['x', 'x'.repeat(43), 'x'.repeat(4_000)])
      expect(await statusOf({ email: owner.email, password: PASSWORD, device: made })).toBe(429);
  });

  it('has to wait for their own failures on a device, which a good sign-in forgets; those of strangers stay', async () => {
    const { app, clock } = context.server;
    const { email } = await signUp(app);
    const device = await deviceOf({ email });
    await guessMuch(email);
    for (let count = 0; count < 5; count += 1) expect(await statusOf({ email, device })).toBe(401);

    expect(await statusOf({ email, device, password: PASSWORD })).toBe(429);
    clock.now += 1_000;
    expect(await statusOf({ email, device, password: PASSWORD })).toBe(200);
    expect(await statusOf({ email, device })).toBe(401);
    expect(await statusOf({ email, device, password: PASSWORD })).toBe(200);
    expect(await statusOf({ email, password: PASSWORD })).toBe(429);
  });

  it('gets in from anywhere when an administrator unlocks them, or they change their password', async () => {
    const { app, addUser } = context.server;
    const [one, other] = [await signUp(app), await signUp(app)];
    const { headers } = await addUser('admin');
    await guessMuch(one.email);
    await guessMuch(other.email);

    await app.inject({ method: 'POST', url: `/api/v1/admin/users/${one.id}/unlock`, headers });
    await app.inject({
      method: 'POST',
      url: '/api/v1/me/password',
      headers: other.headers,
      payload: { currentPassword: PASSWORD, newPassword: `${PASSWORD}-2` },
    });

    expect(await statusOf({ email: one.email, password: PASSWORD })).toBe(200);
    expect(await statusOf({ email: other.email, password: `${PASSWORD}-2` })).toBe(200);
  });

  it('keeps a device for half a year after its last use', async () => {
    const { app, clock, knownSenders } = context.server;
    const { email } = await signUp(app);
    const device = await deviceOf({ email });
    clock.now += 179 * 86_400_000;
    expect(await deviceOf({ email, device })).toBe(device);
    clock.now += 180 * 86_400_000;
    await guessMuch(email);

    expect(await statusOf({ email, password: PASSWORD, device })).toBe(429);
    expect(await knownSenders.removeExpired()).toBeGreaterThan(0);
  });

  it('keeps the browser that is used when a program without cookies signs in again and again', async () => {
    const { app, database, knownSenders } = context.server;
    const user = await signUp(app);
    const device = await deviceOf({ email: user.email });
    await deviceOf({ email: user.email, device });
    for (let count = 0; count < 60; count += 1) await knownSenders.remember(user.id, undefined);
    await guessMuch(user.email);

    expect(await statusOf({ email: user.email, password: PASSWORD, device })).toBe(200);
    const rows = await database
      .selectFrom('known_devices')
      .select('id')
      .where('user_id', '=', user.id)
      .execute();
    expect(rows).toHaveLength(50);
  });
});

describe('sixty strangers who sign in at the same time', () => {
  it('refuse no one who is known, and no more than a third of a second of them wait', async () => {
    const { app } = context.server;
    const { email } = await signUp(app);
    const device = await deviceOf({ email });

    const strangers = Array.from({ length: 60 }, (_, index) => statusOf({ email: `s${index}@example.org` }));
    const owner = statusOf({ email, device, password: PASSWORD });

    expect(await owner).toBe(200);
    const statuses = await Promise.all(strangers);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(statuses.filter((status) => status === 401).length).toBeGreaterThanOrEqual(32);
  });
});

describe('an address from which many passwords are guessed', () => {
  let strangers = 0;
  /** Each guess is at another name: none has to wait for the failures of an earlier one. */
  const spray = async (address: string, count: number) => {
    const statuses = [];
    for (let index = 0; index < count; index += 1)
      statuses.push(await statusOf({ email: `no-one-${(strangers += 1)}@example.org`, from: address }));
    return statuses;
  };

  it('is blocked everywhere after thirty failures, open sockets too, twice as long each time', async () => {
    const { clock, blockedIps } = context.server;
    const address = '192.0.2.66';
    expect(await from(address)).toBe(401);

    expect(await spray(address, 31)).toEqual([...Array.from({ length: 30 }, () => 401), 403]);
    expect(await from(address)).toBe(403);
    expect(await blockedIps.list()).toMatchObject([
      { ipAddress: address, reason: '30 failed sign-ins', blockedUntil: clock.now + 15 * 60_000 },
    ]);
    clock.now += 15 * 60_000;
    expect(await from(address)).toBe(401);
    await spray(address, 30);

    expect(await blockedIps.list()).toMatchObject([{ blockedUntil: clock.now + 30 * 60_000 }]);
    clock.now += 30 * 60_000;
  });

  it('closes the sockets of the address, and is a journal entry that other copies of the server follow', async () => {
    const { server } = context;
    const user = await server.addUser();
    const host = await server.listen();
    const socket = new WebSocket(`ws://${host}/ws`, { headers: { 'x-forwarded-for': '192.0.2.77' } });
    const closed = new Promise<number>((resolve) => void socket.once('close', resolve));
    socket.on('open', () => socket.send(JSON.stringify({ type: 'authenticate', token: user.token })));
    await new Promise((resolve) => void socket.once('message', resolve));

    await spray('192.0.2.77', 30);

    expect(await closed).toBe(4403);
    const entries = await server.database
      .selectFrom('events')
      .selectAll()
      .where('type', '=', 'address-blocked')
      .where('ip_address', '=', '192.0.2.77')
      .execute();
    expect(entries).toMatchObject([{ category: 'security', details: { address: '192.0.2.77' } }]);
    expect(entries.every(changesBlocks)).toBe(true);
  });

  it('is blocked as the whole /64 when it is IPv6, and once when failures come at the same time', async () => {
    const { blockedIps, stores } = context.server;
    const many = Array.from({ length: 40 }, (_, index) =>
      blockedIps.blockAfterFailures('2001:db8:5:5::/64', 30).then((block) => (block ? index : undefined)),
    );

    const made = (await Promise.all(many)).filter((index) => index !== undefined);

    expect(made).toHaveLength(1);
    expect(await stores.blockedIps.failuresOf('2001:db8:5:5::/64')).toBe(30);
    expect([await from('2001:db8:5:5:1:2:3:4'), await from('2001:db8:5:6::1')]).toEqual([403, 401]);
  });

  it('does not shorten what an administrator decided', async () => {
    const { blockedIps } = context.server;
    await blockedIps.block({ ipAddress: '192.0.2.88', reason: 'for ever' });

    expect(await blockedIps.blockAfterFailures('192.0.2.88', 30)).toBeUndefined();

    expect(await blockedIps.list()).toContainEqual(
      expect.objectContaining({ ipAddress: '192.0.2.88', reason: 'for ever', blockedUntil: undefined }),
    );
  });

  it('is not that of a proxy that hides who is behind it, nor of this machine', async () => {
    const { clock } = context.server;
    for (const address of ['203.0.113.200', '127.0.0.1', '::1']) {
      expect(await spray(address, 35)).not.toContain(403);
      expect(await from(address)).toBe(401);
    }
    clock.now += 3_600_000;
  });

  it('is not that of a person who forgot a password, however long they try', async () => {
    const { app, clock } = context.server;
    const { email } = await signUp(app);
    const tries = [];
    // Every minute at first, and then whenever the longest wait is over: refusals that repeat are held for a second of real time.
    for (let minute = 0; minute < 600; minute += minute < 15 ? 1 : 15) {
      tries.push(await statusOf({ email, from: '192.0.2.99' }));
      clock.now += (minute < 15 ? 1 : 15) * 60_000;
    }

    expect(new Set(tries)).toEqual(new Set([401, 429]));
    expect(tries.filter((status) => status === 401).length).toBeLessThan(60);
  });
});
