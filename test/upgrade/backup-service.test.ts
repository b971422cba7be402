/** The scripts of the services `backup`, `restore-check` and `restore`, run as they are on this machine's PostgreSQL. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { absolute, compose } from '../house/files.ts';
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
  { timeout: 600_000 },
  () => {
    let server: SystemPostgres;
    /** With our tables; tests have copies. */
    let migratedUrl: string;
    let folder: string;
    let backups: string;

    beforeAll(async () => {
      server = await startSystemPostgres(binaries ?? '');
      migratedUrl = await server.createDatabase();
      await replay(migratedUrl);
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

    /** What Docker Compose would run; the container's paths are ours. */
    const run = async (
      service: 'backup' | 'restore-check' | 'restore',
      databaseUrl: string,
      {
        words = [],
        environment = {},
      }: {
        readonly words?: readonly string[];
        readonly environment?: Readonly<Record<string, string>>;
      } = {},
    ) => {
      const [shell = '', path = ''] = services[service]?.entrypoint ?? [];
      const script = join(folder, 'script.sh');
      const text = (await readFile(absolute(path.slice(1)), 'utf8'))
        .replaceAll('/run/secrets/postgres_password', join(folder, 'password'))
        .replaceAll('/backups', backups);
      await writeFile(script, text);
      const { hostname, port, username, pathname } = new URL(databaseUrl);
      const child = spawn(shell, [script, ...words], {
        env: {
          ...environment,
          PATH: `${binaries}:${process.env['PATH']}`,
          PGHOST: hostname,
          PGPORT: port,
          PGUSER: username,
          PGDATABASE: pathname.slice(1),
        },
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (said: string) => (output += said));
      return new Promise<{ code: number | null; output: string }>((resolve) => {
        child.once('close', (code) => resolve({ code, output }));
      });
    };

    const migrated = () => server.createDatabase(migratedUrl);

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

    const hasTable = async (databaseUrl: string, table: string) => {
      const connection = openPlainConnection(databaseUrl);
      try {
        const [row] = await connection.query(
          `select to_regclass('public.${table}') is not null as "isThere"`,
        );
        return row?.['isThere'];
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

    it('hand the backup to BACKUP_HOOK, and remove nothing older when that fails', async () => {
      const databaseUrl = await migrated();
      const elsewhere = join(folder, 'elsewhere');
      await mkdir(elsewhere);
      const BACKUP_KEEP = '1';

      const copied = await run('backup', databaseUrl, {
        environment: { BACKUP_KEEP, BACKUP_HOOK: `cp "$BACKUP_FILE" ${elsewhere}` },
      });
      expect(copied, copied.output).toMatchObject({ code: 0 });
      expect(await readdir(elsewhere)).toEqual(await readdir(backups));

      const failed = await run('backup', databaseUrl, {
        environment: { BACKUP_KEEP, BACKUP_HOOK: 'exit 3' },
      });
      expect(failed.code).toBe(1);
      expect(failed.output).toContain('on this machine only');
      expect(await readdir(backups)).toHaveLength(2);
    });

    it('restore into a new database, keep the former one, and touch neither when the file is no backup', async () => {
      const databaseUrl = await migrated();
      await run('backup', databaseUrl);
      const [file = ''] = await readdir(backups);
      const connection = openPlainConnection(databaseUrl);
      await connection.query('create table of_later ()');
      const inUse = await run('restore', databaseUrl, { words: [join(backups, file)] });
      await connection.close();
      await writeFile(join(backups, 'no.dump'), 'not a dump');

      const noBackup = await run('restore', databaseUrl, { words: [join(backups, 'no.dump')] });
      const restored = await run('restore', databaseUrl, { words: [join(backups, file)] });

      expect([inUse.code, inUse.output]).toEqual([1, expect.stringContaining('stop the server first')]);
      expect([noBackup.code, noBackup.output]).toEqual([1, expect.stringContaining('was not touched')]);
      expect(restored, restored.output).toMatchObject({ code: 0 });
      const [former = ''] = /before_\d{8}t\d{9}/.exec(restored.output) ?? [];
      expect(await hasTable(databaseUrl, 'of_later')).toBe(false);
      expect(await hasTable(databaseUrl, 'users')).toBe(true);
      const formerUrl = Object.assign(new URL(databaseUrl), { pathname: former });
      expect(await hasTable(formerUrl.href, 'of_later')).toBe(true);
    });

    it('restore on a PostgreSQL that never had the serving role, with its rights and without its password', async () => {
      const databaseUrl = await migrated();
      const connection = openPlainConnection(databaseUrl);
      await connection.query('create role serves_here login');
      await connection.query('grant select on users to serves_here');
      await connection.query('alter default privileges grant select on tables to serves_here');
      await run('backup', databaseUrl);
      const [file = ''] = await readdir(backups);
      await connection.query('drop owned by serves_here');
      await connection.query('drop role serves_here');
      await connection.close();

      const restored = await run('restore', databaseUrl, { words: [join(backups, file)] });

      expect(restored, restored.output).toMatchObject({ code: 0 });
      expect(restored.output).toContain('serving-role serves_here');
      const again = openPlainConnection(databaseUrl);
      const [role] = await again.query(
        `select rolcanlogin, has_table_privilege(oid, 'users', 'select') as reads from pg_roles where rolname = 'serves_here'`,
      );
      await again.close();
      expect(role).toEqual({ rolcanlogin: false, reads: true });
    });
  },
);
