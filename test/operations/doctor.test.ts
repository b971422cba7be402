/** `manage doctor`: a line for each check of the whole server, and exit code 1 when one fails. */

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { doctorCommand } from '../../src/operations/doctor/doctor-command.ts';
import { readConfig } from '../../src/server/config.ts';
import { openPatient } from '../../src/server/open-patient.ts';
import { useServer } from '../support/test-server.ts';
import type { AddressInfo } from 'node:net';
import type { Finding } from '../../src/operations/doctor/finding.ts';

const context = useServer();
const SMTP = { MAIL_FROM: 'forex@example.org', PUBLIC_URL: 'https://forex.example.org' };
const KEY = randomBytes(32).toString('base64');
let folder: string;
let closedPort: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auto-forex-doctor-'));
  const listener = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  closedPort = (listener.address() as AddressInfo).port;
  await new Promise((resolve) => listener.close(resolve));
});
afterAll(() => rm(folder, { recursive: true }));

async function doctor(
  settings: Readonly<Record<string, string>> = {},
  argv: readonly string[] = [],
  aheadMs = 0,
) {
  const written = { out: '', err: '' };
  const io = {
    stdout: { write: (text: string) => (written.out += text) },
    stderr: { write: (text: string) => (written.err += text) },
  };
  const environment = {
    DATABASE_URL: context.server.databaseUrl,
    DATA_DIRECTORY: folder,
    BACKUP_DIRECTORY: folder,
    ENCRYPTION_KEYS: `first:${KEY}`,
    ...settings,
  };
  const command = doctorCommand(() => openPatient(readConfig(environment), () => Date.now() + aheadMs));
  const code = await runCommand(io, () =>
    command.run(argv, io, () => Promise.reject(new Error('not needed'))),
  );
  return { code, ...written };
}

async function findings(settings?: Readonly<Record<string, string>>, aheadMs?: number) {
  const { code, out } = await doctor(settings, ['--json'], aheadMs);
  const { isHealthy, findings: all }: { isHealthy: boolean; findings: Finding[] } = JSON.parse(out);
  expect(code).toBe(isHealthy ? 0 : 1);
  const of = (check: string) => all.filter((finding) => finding.check === check);
  return { code, all, of };
}

const execute = (sql: string) => context.server.orm.em.fork().execute<Record<string, string>[]>(sql);

describe('manage doctor', () => {
  it('says what is right and what is only a warning, a line a check', async () => {
    const { out, err } = await doctor();

    expect(err).toBe('');
    expect(out).toMatch(/^ok {4}settings$/m);
    expect(out).toMatch(/^ok {4}migrations$/m);
    expect(out).toMatch(/^warn {2}backup +none is recorded\. Make one: /m);
    expect(out).toMatch(
      /^warn {2}role +"\w+" serves and may change the schema\. Make another: manage serving-role$/m,
    );
    expect(out).toMatch(/^ok {4}clock +as the database has it$/m);
    expect(out).toMatch(/^ok {4}keys +no secret is stored$/m);
    expect(out).toMatch(/^ok {4}mail +off: SMTP_URL is not set$/m);
    expect(out).toMatch(/^warn {2}copies +no copy of the server runs\. Start it$/m);
  });

  it('fails when a crash of the machine would lose what the database has committed', async () => {
    // The PostgreSQL of the tests is not durable; one that is named by TEST_DATABASE_URL may be.
    const [setting] = await execute('show fsync');
    const isOff = setting?.['fsync'] === 'off';

    const { code, of } = await findings();

    const said = of('database').map((finding) => finding.said);
    expect(code).toBe(isOff ? 1 : 0);
    expect(
      said.includes('fsync is off: a crash of the machine loses orders that were recorded. Set it to on'),
    ).toBe(isOff);
  });

  it('fails with each wrong setting, and looks no further', async () => {
    const { code, all } = await findings({ PORT: 'abc', SMTP_URL: 'smtp://localhost' });

    expect(code).toBe(1);
    expect(all.map(({ check, verdict }) => `${check} ${verdict}`)).toEqual(Array(3).fill('settings fail'));
    expect(all.map(({ said }) => said.split(' ')[0])).toEqual(['PORT', 'MAIL_FROM', 'PUBLIC_URL']);
  });

  it('fails when the database cannot be reached, and looks no further', async () => {
    const url = new URL(context.server.databaseUrl);
    url.username = 'a_stranger';

    const { code, all } = await findings({ DATABASE_URL: url.href });

    expect(code).toBe(1);
    expect(all).toMatchObject([
      { check: 'settings', verdict: 'ok' },
      { check: 'connection', verdict: 'fail', said: expect.stringContaining('a_stranger') },
    ]);
  });

  it('fails when the mail server does not answer, and says so without the password', async () => {
    const { code, of, all } = await findings({ ...SMTP, SMTP_URL: `smtp://me:hush@127.0.0.1:${closedPort}` });

    expect(code).toBe(1);
    expect(of('mail')).toMatchObject([{ verdict: 'fail', said: expect.stringContaining('ECONNREFUSED') }]);
    expect(JSON.stringify(all)).not.toContain('hush');
  });

  it.each([
    [2_500, 'warn', /ahead of the database/],
    [-2_500, 'warn', /behind the database/],
    [31_000, 'fail', /31\.\d s ahead of/],
    [-31_000, 'fail', /s behind the database/],
  ])('compares the clock: %i ms is a %s', async (aheadMs, verdict, said) => {
    const { of } = await findings({}, aheadMs);

    expect(of('clock')).toMatchObject([{ verdict, said: expect.stringMatching(said) }]);
  });

  it('names accounts in error, keys that are lacking or old, and copies of other versions', async () => {
    const { id: userId } = await context.server.addUser();
    const { id } = await context.server.addAccount(userId);
    await execute(`update oanda_accounts set environment = 'practice', token_ciphertext = 'x', token_key_id = 'gone',
      fault_code = 'broker-token-refused', fault_reason = 'The token is refused.' where id = '${id}'`);
    await execute(`insert into app_instances (id, version, migrations_head, host, pid)
      values (gen_random_uuid(), '9.9.9', 'none', 'here', 1)`);

    const lacking = await findings();
    const old = await findings({
      ENCRYPTION_KEYS: `first:${KEY},gone:${randomBytes(32).toString('base64')}`,
    });

    expect(lacking.code).toBe(1);
    expect(lacking.of('keys')).toMatchObject([
      {
        verdict: 'fail',
        said: 'ENCRYPTION_KEYS lacks "gone", which 1 tokens, 0 second factors and 0 channels need. Put it back',
      },
    ]);
    expect(lacking.of('accounts')).toEqual([
      { check: 'accounts', verdict: 'warn', said: `${id} cannot run: The token is refused.` },
    ]);
    expect(lacking.of('copies')).toMatchObject([{ verdict: 'warn', said: expect.stringContaining('9.9.9') }]);
    expect(old.of('keys')).toMatchObject([{ verdict: 'warn', said: expect.stringContaining('rotate-keys') }]);
  });
});
