/** The services `backup` and `restore-check` of docker-compose.prod.yaml: their scripts, run as they are on this machine's PostgreSQL. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { compose } from '../house/files.ts';
import { replay } from '../migrator/inspect/replayed.ts';
import { findSystemPostgres, startSystemPostgres } from '../migrator/upkeep/system-postgres.ts';
import type { SystemPostgres } from '../migrator/upkeep/system-postgres.ts';

const binaries = await findSystemPostgres();
const { services } = compose('docker-compose.prod.yaml');
if (binaries === undefined)
  process.stdout.write(
    'The services of docker-compose.prod.yaml are not tested: this machine has no PostgreSQL with pg_dump.\n',
  );
/** As many as the service keeps. */
const KEPT = 14;

describe.skipIf(binaries === undefined)(
  'the services of docker-compose.prod.yaml',
  { timeout: 60_000 },
  () => {
    let server: SystemPostgres;
    let folder: string;
    let backups: string;

    beforeAll(async () => {
      server = await startSystemPostgres(binaries ?? '');
    });

    afterAll(async () => {
      await server.stop();
    });

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'auto-forex-backup-'));
      backups = join(folder, 'backups');
      await mkdir(backups);
      await writeFile(join(folder, 'password'), 'secret\n');
    });

    afterEach(async () => {
      await rm(folder, { recursive: true, force: true });
    });

    /** What Docker Compose would run: `$$` is a dollar, and the container's paths are ours. */
    const run = (service: 'backup' | 'restore-check', databaseUrl: string) => {
      const { entrypoint = [], command = [] } = services[service] ?? {};
      const script = (command[0] ?? '')
        .replaceAll('$$', '$')
        .replaceAll('/run/secrets/postgres_password', join(folder, 'password'))
        .replaceAll('/backups', backups);
      const { hostname, port, username, pathname } = new URL(databaseUrl);
      const [shell = '', ...words] = entrypoint;
      const child = spawn(shell, [...words, script], {
        env: {
          PATH: `${binaries}:${process.env['PATH']}`,
          PGHOST: hostname,
          PGPORT: port,
          PGUSER: username,
          PGDATABASE: pathname.slice(1),
        },
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => (output += text));
      return new Promise<{ code: number | null; output: string }>((resolve) => {
        child.once('close', (code) => resolve({ code, output }));
      });
    };

    const migrated = async (): Promise<string> => {
      const databaseUrl = await server.createDatabase();
      await replay(databaseUrl);
      return databaseUrl;
    };

    const recorded = async (databaseUrl: string) => {
      const connection = openPlainConnection(databaseUrl);
      try {
        return await connection.query(
          'select *, made_at > now() as "isFuture" from database_backups order by made_at',
        );
      } finally {
        await connection.close();
      }
    };

    it('fail, and leave nothing that looks like a backup, when the database cannot be reached', async () => {
      const databaseUrl = await migrated();

      const { code } = await run('backup', `${databaseUrl}_of_another_name`);

      expect(code).not.toBe(0);
      expect(await readdir(backups)).toEqual([]);
      expect(await recorded(databaseUrl)).toEqual([]);
    });

    it('refuse to call a file a backup that cannot be restored', async () => {
      const databaseUrl = await migrated();
      const name = new URL(databaseUrl).pathname.slice(1);
      await writeFile(join(backups, `${name}-20260101T000000000Z.dump`), 'not a dump');

      const { code, output } = await run('restore-check', databaseUrl);

      expect(code, output).not.toBe(0);
      expect((await run('restore-check', await server.createDatabase())).output).toContain(
        'there is no backup',
      );
    });

    it('back up, record what they wrote, and mark it when it was restored', async () => {
      const databaseUrl = await migrated();

      const made = await run('backup', databaseUrl);
      expect(made).toMatchObject({ code: 0 });
      const [file = '', ...others] = await readdir(backups);
      const path = join(backups, file);
      const content = await readFile(path);
      expect(others).toEqual([]);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(await recorded(databaseUrl)).toMatchObject([
        {
          location: path,
          size_bytes: content.length,
          sha256: createHash('sha256').update(content).digest('hex'),
          migrations_head: expect.stringMatching(/^Migration\d{14}_/),
          verified_at: null,
          isFuture: false,
        },
      ]);

      const checked = await run('restore-check', databaseUrl);
      expect(checked, checked.output).toMatchObject({ code: 0 });
      expect(checked.output).toContain('users 0');
      expect(await recorded(databaseUrl)).toMatchObject([{ verified_at: expect.any(Date) }]);
    });

    it('back up a database from before there was a table of backups', async () => {
      const { code, output } = await run('backup', await server.createDatabase());

      expect(code, output).toBe(0);
      expect(output).toContain('not recorded');
      expect(await readdir(backups)).toHaveLength(1);
    });

    it('keep the newest of their own database, and forget the records of the others', async () => {
      const databaseUrl = await migrated();
      const name = new URL(databaseUrl).pathname.slice(1);
      const old = Array.from(
        { length: KEPT },
        (_, day) => `${name}-202601${String(day + 10)}T000000000Z.dump`,
      );
      for (const file of [...old, 'another-20200101T000000000Z.dump'])
        await writeFile(join(backups, file), 'old');
      const connection = openPlainConnection(databaseUrl);
      await connection.query(
        `insert into database_backups (location, size_bytes, sha256) values ('${join(backups, old[0] ?? '')}', 3, 'x')`,
      );
      await connection.close();

      const { code, output } = await run('backup', databaseUrl);

      expect(code, output).toBe(0);
      const files = await readdir(backups);
      expect(files).toHaveLength(KEPT + 1);
      expect(files).toContain('another-20200101T000000000Z.dump');
      expect(files).not.toContain(old[0]);
      expect(await recorded(databaseUrl)).toHaveLength(1);
    });
  },
);
