// The scripts of deploy/ that need no database, run as they are in a folder of their own.
import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readConfig } from '../../src/server/config.ts';
import { absolute } from './files.ts';

const run = promisify(execFile);
const HOUR_S = 3_600;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auto-forex-deploy-'));
  await cp(absolute('deploy'), join(folder, 'deploy'), { recursive: true });
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('make-secrets.sh', () => {
  const script = () => run(join(folder, 'deploy/make-secrets.sh'));
  const secret = (name: string) => join(folder, 'secrets', name);

  it('refuses when the address is there and the password is not, for a new one would not agree', async () => {
    await mkdir(join(folder, 'secrets'));
    await writeFile(secret('database_url'), 'postgresql://forex:other@postgres:5432/forex');

    await expect(script()).rejects.toMatchObject({ code: 1 });
  });

  it('makes a password and an address that agree, which only the owner of the folder can reach', async () => {
    await script();

    const password = await readFile(secret('postgres_password'), 'utf8');
    const url = await readFile(secret('database_url'), 'utf8');
    expect(password).toMatch(/^[0-9a-f]{48}$/);
    expect(new URL(url)).toMatchObject({
      username: 'forex',
      password,
      host: 'postgres:5432',
      pathname: '/forex',
    });
    expect((await stat(join(folder, 'secrets'))).mode & 0o777).toBe(0o700);
    for (const name of [
      'postgres_password',
      'database_url',
      'migration_database_url',
      'encryption_keys',
      'smtp_url',
      'metrics_token',
    ])
      expect((await stat(secret(name))).mode & 0o777).toBe(0o644);
    const files = {
      DATABASE_URL_FILE: secret('database_url'),
      MIGRATION_DATABASE_URL_FILE: secret('migration_database_url'),
      ENCRYPTION_KEYS_FILE: secret('encryption_keys'),
      SMTP_URL_FILE: secret('smtp_url'),
      METRICS_TOKEN_FILE: secret('metrics_token'),
    };
    expect(readConfig(files).DATABASE_URL).toBe(url);
    expect(readConfig(files).MIGRATION_DATABASE_URL).toBeUndefined();
    expect(readConfig(files).SMTP_URL).toBeUndefined();
    expect(readConfig(files).METRICS_TOKEN).toBeUndefined();
    expect(readConfig(files).ENCRYPTION_KEYS).toMatch(/^first:/);
  });

  it('changes nothing that is there', async () => {
    await script();
    const before = await readFile(secret('postgres_password'), 'utf8');

    const { stdout } = await script();

    expect(stdout.match(/is there already/g)).toHaveLength(6);
    expect(await readFile(secret('postgres_password'), 'utf8')).toBe(before);
  });
});

describe('backup-schedule.sh', () => {
  /** The script with this folder's paths, beside a backup with a given end. */
  async function prepare(backup: string): Promise<string> {
    await mkdir(join(folder, 'backups'));
    const script = join(folder, 'deploy/backup-schedule.sh');
    const text = await readFile(script, 'utf8');
    await writeFile(
      script,
      text.replaceAll('/backups', join(folder, 'backups')).replaceAll('=/tmp/', `=${folder}/`),
    );
    await writeFile(join(folder, 'deploy/backup.sh'), backup);
    return script;
  }

  const environment = { PATH: process.env['PATH'], PGDATABASE: 'forex', BACKUP_EVERY_MINUTES: '60' };
  const newest = () => join(folder, 'backups/forex-20260101T000000000Z.dump');

  /** Runs the loop until it prints the next time. */
  async function start(script: string, settings: Readonly<Record<string, string>> = {}): Promise<string> {
    const child = spawn('bash', [script], { env: { ...environment, ...settings }, detached: true });
    let said = '';
    await new Promise<void>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          said += text;
          if (said.includes('the next backup is made at')) resolve();
        });
      child.once('close', (code) => reject(new Error(`It ended with ${code}: ${said}`)));
    });
    // Its sleep too.
    if (child.pid !== undefined) process.kill(-child.pid);
    return said;
  }

  const health = (script: string) => run('bash', [script, 'health'], { env: environment });

  it('is not healthy after a backup that failed, and tries again before the next time comes', async () => {
    const script = await prepare('exit 1');

    const said = await start(script, { BACKUP_EVERY_MINUTES: '1440' });

    await expect(health(script)).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('failed'),
    });
    const next = Date.parse(/made at (\S+)/.exec(said)?.[1] ?? '');
    expect(next - Date.now()).toBeLessThanOrEqual(HOUR_S * 1_000);
  });

  it('makes up at its start for a backup that was due', async () => {
    const script = await prepare(`touch "${join(folder, 'made')}"`);
    await writeFile(newest(), 'old');
    const longAgo = Date.now() / 1_000 - 2 * HOUR_S;
    await utimes(newest(), longAgo, longAgo);

    await start(script);

    expect((await stat(join(folder, 'made'))).isFile()).toBe(true);
    expect((await health(script)).stdout).toBe('');
  });

  it('makes none at its start when the newest is new enough', async () => {
    const script = await prepare(`touch "${join(folder, 'made')}"`);
    await writeFile(newest(), 'new');

    await start(script);

    await expect(stat(join(folder, 'made'))).rejects.toThrow('ENOENT');
  });

  it('misses the backup that did not come', async () => {
    const script = await prepare('exit 0');
    await start(script);
    const longAgo = Date.now() / 1_000 - 4 * HOUR_S;
    await utimes(join(folder, 'backup-schedule-started'), longAgo, longAgo);

    await expect(health(script)).rejects.toMatchObject({ stdout: expect.stringContaining('seconds old') });
  });

  it.each([
    ['03:00', '1440'],
    ['08:09', '1440'],
    ['00:15', '60'],
  ])('counts from %s every %s minutes', async (at, every) => {
    const script = await prepare('exit 0');
    // The script counts in whole seconds.
    const startedAt = Math.floor(Date.now() / 1_000) * 1_000;

    const said = await start(script, { BACKUP_AT: at, BACKUP_EVERY_MINUTES: every });

    const next = Date.parse(/made at (\S+)/.exec(said)?.[1] ?? '');
    const intervalMs = Number(every) * 60_000;
    expect(next).toBeGreaterThanOrEqual(startedAt);
    expect(next - Date.now()).toBeLessThanOrEqual(intervalMs);
    expect((next - Date.parse(`2026-01-01T${at}:00Z`)) % intervalMs).toBe(0);
  });
});
