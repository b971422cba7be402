/** A PostgreSQL of the machine's own packages, whose pg_dump is of the same version: what the embedded one has not. */
import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { postgresUser, runProcess } from '../../../src/persistence/embedded-postgres/unprivileged-user.ts';
import { openPlainConnection } from '../../../src/migrator/run/connect/plain-connection.ts';
import { memoryFolder } from '../../support/memory-folder.ts';

const PACKAGES = '/usr/lib/postgresql';
const NEEDED = ['initdb', 'pg_ctl', 'pg_dump', 'pg_restore'];

/** The folder with the programs of the newest version that has all of them; undefined on a machine without. */
export async function findSystemPostgres(): Promise<string | undefined> {
  const versions = (await readdir(PACKAGES).catch(() => [])).sort((a, b) => Number(b) - Number(a));
  for (const version of versions) {
    const folder = join(PACKAGES, version, 'bin');
    const found = await Promise.all(
      NEEDED.map((program) => stat(join(folder, program)).catch(() => undefined)),
    );
    if (!found.includes(undefined)) return folder;
  }
  return undefined;
}

export interface SystemPostgres {
  /** Makes an empty database, or a copy of one to which no one is connected, and returns its address. */
  createDatabase(original?: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a server of its own in a temporary folder, on a free port. */
export async function startSystemPostgres(binaries: string): Promise<SystemPostgres> {
  const user = await postgresUser();
  const folder = await mkdtemp(join(await memoryFolder(), 'auto-forex-system-postgres-'));
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const cluster = join(folder, 'cluster');
  const port = await freePort();
  const run = async (program: string, args: readonly string[]): Promise<void> => {
    const { code, output } = await runProcess(join(binaries, program), args, { user, cwd: folder });
    if (code !== 0) throw new Error(`${program} failed: ${output}`);
  };
  await run('initdb', [
    '-D',
    cluster,
    '--username=owner',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C',
    '-N',
  ]);
  const quick = ['fsync', 'synchronous_commit', 'full_page_writes', 'autovacuum'].map(
    (name) => `-c ${name}=off`,
  );
  const options = `-c port=${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= ${quick.join(' ')}`;
  await run('pg_ctl', ['start', '-D', cluster, '-w', '-l', join(folder, 'log'), '-o', options]);
  const urlOf = (name: string): string => `postgresql://owner:secret@127.0.0.1:${port}/${name}`;
  return {
    createDatabase: async (original = urlOf('template1')) => {
      const name = `test_${randomBytes(4).toString('hex')}`;
      const template = new URL(original).pathname.slice(1);
      const connection = openPlainConnection(urlOf('postgres'));
      try {
        await connection.query(`create database ${name} template ${template}`);
      } finally {
        await connection.close();
      }
      return urlOf(name);
    },
    stop: async () => {
      await run('pg_ctl', ['stop', '-D', cluster, '-m', 'immediate', '-w']);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer();
    probe.once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => found(port));
    });
  });
}
