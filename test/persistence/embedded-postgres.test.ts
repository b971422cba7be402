/** The server's own PostgreSQL, through everything that can happen to the process that owns it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  runningEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/persistence/embedded-postgres/embedded-postgres.ts';
import { openPlainConnection } from '../../src/migrator/run/connect/plain-connection.ts';
import { memoryFolder } from '../support/memory-folder.ts';
import { run } from '../support/processes.ts';
import { quiet } from '../support/quiet-log.ts';

/** One folder for all: making a cluster takes longer than everything else here. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(await memoryFolder(), 'auto-forex-postgres-'));
  // Run by root, PostgreSQL is another user and must get in.
  await chmod(folder, 0o711);
  const postgres = await startEmbeddedPostgres({ dataDirectory: folder, log: quiet });
  await query(postgres.url, 'create table kept as select 42 as answer');
  await postgres.stop();
});

afterEach(async () => {
  // A test that failed half-way may leave a server: starting on the folder ends it, and this one ends by itself.
  if ((await runningEmbeddedPostgres(folder)) === undefined) return;
  const cleaner = await startEmbeddedPostgres({ dataDirectory: folder, log: quiet });
  await cleaner.stop();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function query(databaseUrl: string, sql: string): Promise<unknown> {
  const connection = openPlainConnection(databaseUrl);
  try {
    return await connection.query(sql);
  } finally {
    await connection.close();
  }
}

describe('the embedded PostgreSQL', () => {
  it('keeps its data and password across a restart, and runs only as long as it is wanted', async () => {
    const first = await startEmbeddedPostgres({ dataDirectory: folder, log: quiet });
    expect(await runningEmbeddedPostgres(folder)).toBe(first.url);
    await first.stop();
    expect(await runningEmbeddedPostgres(folder)).toBeUndefined();

    const second = await startEmbeddedPostgres({ dataDirectory: folder, log: quiet });

    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    await second.stop();
  });

  it('is durable, local, in UTF-8 with lower case for all letters, and closed to all who have not the password', async () => {
    const postgres = await startEmbeddedPostgres({ dataDirectory: folder, log: quiet });
    const guess = new URL(postgres.url);
    guess.password = 'guess';

    const [settings] = (await query(
      postgres.url,
      `select current_setting('fsync') as fsync, current_setting('listen_addresses') as addresses,
         current_setting('server_encoding') as encoding, lower('ÉÄ') as lower, current_setting('password_encryption') as hash`,
    )) as [unknown];

    await expect(query(guess.href, 'select 1')).rejects.toThrow(/password authentication failed/);
    await postgres.stop();
    expect(settings).toEqual({
      fsync: 'on',
      addresses: '127.0.0.1',
      encoding: 'UTF8',
      lower: 'éä',
      hash: 'scram-sha-256',
    });
    const file = join(folder, 'postgres.json');
    expect((await stat(file)).mode & 0o077, 'no other user can read it').toBe(0);
    expect(await readFile(file, 'utf8')).toContain(new URL(postgres.url).password);
  });

  it('sets a new password when the file with the old one is lost, and keeps the data', async () => {
    await rm(join(folder, 'postgres.json'));

    const postgres = await startEmbeddedPostgres({ dataDirectory: folder, log: quiet });

    expect(await query(postgres.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await postgres.stop();
  });

  it('takes the port it is given, and says so when that is taken', async () => {
    const first = await startEmbeddedPostgres({ dataDirectory: folder, log: quiet });
    const port = Number(new URL(first.url).port);
    const other = join(folder, 'other');

    const starting = startEmbeddedPostgres({ dataDirectory: other, port, log: quiet });

    await expect(starting).rejects.toThrow(
      new RegExp(`did not start \\(port ${port}.*Address already in use`, 's'),
    );
    await first.stop();
    const second = await startEmbeddedPostgres({ dataDirectory: other, port, log: quiet });
    expect(new URL(second.url).port).toBe(String(port));
    await second.stop();
  });
});

describe('what a crash of the machine leaves', () => {
  it('does not keep PostgreSQL from starting when its old process number is now another program’s', async () => {
    const first = await startEmbeddedPostgres({ dataDirectory: folder, log: quiet });
    const [{ lines }] = (await query(first.url, `select pg_read_file('postmaster.pid') as lines`)) as [
      { lines: string },
    ];
    await first.stop();
    const [, ...rest] = lines.split('\n');
    await writeFile(join(folder, 'postgres/cluster/postmaster.pid'), [process.pid, ...rest].join('\n'));
    await writeFile(
      join(folder, 'postgres/owner.json'),
      JSON.stringify({ pid: process.pid, identity: 'of another boot' }),
    );

    const second = await startEmbeddedPostgres({ dataDirectory: folder, log: quiet });

    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await second.stop();
  });
});

describe('a second server on the same folder', () => {
  it('is refused, with the process and the port of the first, which continues', async () => {
    const first = run('postgres-process.ts', folder);
    const url = await first.firstWords;

    const second = await run('postgres-process.ts', folder).ended;

    expect(second.code).not.toBe(0);
    expect(second.stderr).toMatch(
      new RegExp(`already runs here: process ${first.child.pid}, .* port ${new URL(url).port}`),
    );
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    first.child.kill('SIGTERM');
    await first.ended;
  });
});

describe('when the process that owns it', () => {
  it('came by a link to the folder, it is found there all the same', async () => {
    const way = join(folder, 'link');
    await symlink(folder, way);
    const owner = run('postgres-process.ts', way);
    const url = await owner.firstWords;
    owner.child.kill('SIGKILL');
    await owner.ended;

    expect(await runningEmbeddedPostgres(folder)).toBe(url);

    const next = await startEmbeddedPostgres({ dataDirectory: folder, log: quiet });
    expect(await query(next.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await next.stop();
  });

  it('is stopped, PostgreSQL stops with it', async () => {
    const owner = run('postgres-process.ts', folder);
    await owner.firstWords;

    owner.child.kill('SIGTERM');

    expect(await owner.ended).toMatchObject({ code: 0, stderr: '' });
    expect(await runningEmbeddedPostgres(folder)).toBeUndefined();
  });

  it('is killed, the next start takes over what is left running, with all data', async () => {
    const owner = run('postgres-process.ts', folder);
    const url = await owner.firstWords;
    owner.child.kill('SIGKILL');
    await owner.ended;
    expect(await runningEmbeddedPostgres(folder)).toBe(url);

    const next = await startEmbeddedPostgres({ dataDirectory: folder, log: quiet });

    expect(await query(next.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await next.stop();
    await expect(query(url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
  });

  it('is killed together with PostgreSQL, the next start recovers', async () => {
    const owner = run('postgres-process.ts', folder);
    const url = await owner.firstWords;
    const [backend] = (await query(
      url,
      `select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int as pid`,
    )) as [{ pid: number }];
    process.kill(backend.pid, 'SIGKILL');
    owner.child.kill('SIGKILL');
    await owner.ended;

    const next = await startEmbeddedPostgres({ dataDirectory: folder, log: quiet });

    expect(await query(next.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await next.stop();
  });

  it.runIf(process.platform === 'linux')(
    'is killed and the first process of PostgreSQL has not ended yet: the next start waits for that',
    async () => {
      const postgres = await startEmbeddedPostgres({ dataDirectory: folder, log: quiet });
      const lockFile = join(folder, 'postgres/cluster/postmaster.pid');
      const text = await readFile(lockFile, 'utf8');
      await postgres.stop();
      // Another program of the same name and user is to PostgreSQL what its own process is that the system has not cleared away.
      const named = join(folder, 'postgres/postgres');
      await writeFile(named, '#!/bin/sh\nread -r _\n', { mode: 0o755 });
      const { uid, gid } = await stat(join(folder, 'postgres/cluster'));
      const ending = spawn(named, { uid, gid });
      await once(ending, 'spawn');
      await writeFile(lockFile, text.replace(/^\d+/, String(ending.pid)));
      const log = {
        info: (_facts: unknown, said?: string) => void (said?.startsWith('waiting') && ending.kill()),
      };

      const next = await startEmbeddedPostgres({ dataDirectory: folder, log });

      expect(ending.killed).toBe(true);
      expect(await query(next.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
      await next.stop();
      await rm(named);
    },
  );

  it('is killed and one of its processes stays for a while: the next start waits for that', async () => {
    const owner = run('postgres-process.ts', folder);
    const url = await owner.firstWords;
    const [pids] = (await query(
      url,
      `select split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int as postmaster, pid as checkpointer
        from pg_stat_activity where backend_type = 'checkpointer'`,
    )) as [{ postmaster: number; checkpointer: number }];
    process.kill(pids.checkpointer, 'SIGSTOP');
    process.kill(pids.postmaster, 'SIGKILL');
    owner.child.kill('SIGKILL');
    await owner.ended;
    const said: string[] = [];
    const log = {
      info: (_facts: unknown, text?: string) => {
        said.push(String(text));
        if (text?.startsWith('waiting')) process.kill(pids.checkpointer, 'SIGCONT');
      },
    };

    const next = await startEmbeddedPostgres({ dataDirectory: folder, log });

    expect(said).toContain('waiting for the processes of a killed PostgreSQL to end');
    expect(await query(next.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    await next.stop();
  });
});
