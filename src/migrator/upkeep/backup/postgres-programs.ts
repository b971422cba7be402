/** Runs PostgreSQL's own client programs, which must be found on the PATH: they know how to write and read a backup. */
import { spawn } from 'node:child_process';
import { MigratorFailure } from '../../failure.ts';
import { onPlainConnection } from '../../run/connect/plain-connection.ts';

export type PostgresProgram = 'pg_dump' | 'pg_restore';

/** What to do where the programs are missing or too old. */
export const WHERE_TO_BACK_UP =
  'With Docker, "docker compose run --rm backup" uses the server\'s own programs; elsewhere install the client programs of ' +
  "the server's version and put them first on the PATH";

/** How much of a program's own output goes into an error. */
const TAIL_LENGTH = 1_000;
const CONNECT_TIMEOUT_S = 10;

/** Returns why the programs here cannot back up the server behind an address, naming both versions; undefined when they can. */
export async function backupObstacle(databaseUrl: string): Promise<string | undefined> {
  const program = await versionOf('pg_dump');
  if (program === undefined) return 'there is no pg_dump on the PATH';
  const server = await serverVersion(databaseUrl);
  if (majorOf(program) >= majorOf(server)) return undefined;
  return `pg_dump on the PATH is version ${program} and the server ${server}: an older pg_dump refuses a newer server`;
}

/** Returns the version of a program on the PATH, `18.4`, or undefined when there is none. */
async function versionOf(program: PostgresProgram): Promise<string | undefined> {
  const { code, stdout } = await runToEnd(program, ['--version'], {});
  return code === 0 ? /\d+(\.\d+)*/.exec(stdout)?.[0] : undefined;
}

/** What a program is run with. */
export interface ProgramRun {
  /** The database to connect to; absent for a program that only reads a file. */
  readonly databaseUrl?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Runs a program to its end; MigratorFailure `backup-missing` with its own words when it fails. The signal ends it. */
export async function runProgram(
  program: PostgresProgram,
  args: readonly string[],
  { databaseUrl, signal }: ProgramRun = {},
): Promise<void> {
  const environment = databaseUrl === undefined ? {} : connectionEnvironment(databaseUrl);
  const { code, stderr } = await runToEnd(program, args, environment, signal);
  signal?.throwIfAborted();
  if (code === 0) return;
  if (code === undefined)
    throw new MigratorFailure('backup-missing', `There is no ${program} on the PATH. ${WHERE_TO_BACK_UP}.`);
  const said = stderr.trim().slice(-TAIL_LENGTH).replaceAll('\n', ' ');
  throw new MigratorFailure('backup-missing', `${program} failed with exit code ${code}: ${said}`);
}

/** Parts of an address that these programs take from the environment: the list of processes, which every user may see, shows arguments. */
export function connectionEnvironment(databaseUrl: string): Record<string, string> {
  const url = new URL(databaseUrl);
  const parameter = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  const sslMode = parameter('sslmode');
  const variables: Record<string, string | undefined> = {
    PGHOST: parameter('host') ?? decodeURIComponent(url.hostname.replace(/^\[(.*)\]$/, '$1')),
    PGPORT: parameter('port') ?? url.port,
    PGUSER: parameter('user') ?? decodeURIComponent(url.username),
    PGPASSWORD: parameter('password') ?? decodeURIComponent(url.password),
    PGDATABASE: decodeURIComponent(url.pathname.slice(1)),
    // The driver's own word for a connection that is encrypted and not verified.
    PGSSLMODE: sslMode === 'no-verify' ? 'require' : sslMode,
    PGSSLROOTCERT: parameter('sslrootcert'),
    PGSSLCERT: parameter('sslcert'),
    PGSSLKEY: parameter('sslkey'),
    PGAPPNAME: 'auto-forex backup',
    PGCONNECT_TIMEOUT: String(CONNECT_TIMEOUT_S),
  };
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, value]],
    ),
  );
}

function serverVersion(databaseUrl: string): Promise<string> {
  return onPlainConnection(databaseUrl, 'backup', async (query) => {
    const [row] = await query('show server_version');
    return String(row?.['server_version']).split(' ')[0] ?? '';
  });
}

function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}

/** `code` is undefined for a program that is not there. */
interface ProgramEnd {
  readonly code: number | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function runToEnd(
  program: PostgresProgram,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<ProgramEnd> {
  return new Promise((resolve, reject) => {
    const { PATH, HOME } = process.env;
    const child = spawn(program, args, {
      // Nothing else of ours: a PGHOST in the environment must not lead to another server than the address.
      env: { PATH, HOME, LC_ALL: 'C', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(signal && { signal }),
    });
    let [stdout, stderr] = ['', ''];
    child.stdout
      .setEncoding('utf8')
      .on('data', (text: string) => (stdout = (stdout + text).slice(-TAIL_LENGTH)));
    child.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (stderr = (stderr + text).slice(-TAIL_LENGTH)));
    child.once('error', (error) => {
      const isMissing = 'code' in error && error.code === 'ENOENT';
      // A cancelled one ends with an exit code; its caller checks the signal.
      if (isMissing) resolve({ code: undefined, stdout, stderr });
      else if (signal?.aborted !== true) reject(error);
    });
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}
