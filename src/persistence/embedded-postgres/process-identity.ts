/** Distinguishes a process from another that got the same number later. */
import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Returns text that stays the same as long as the process lives and differs for every other one, or undefined when no
 * living process has this number. A number alone would not do: after a restart of the machine it belongs to another process.
 */
export async function identifyProcess(pid: number): Promise<string | undefined> {
  return process.platform === 'linux' ? identifyByProc(pid) : identifyByPs(pid);
}

async function identifyByProc(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // The second field, the name in brackets, may hold spaces: the numbered fields begin behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const isZombie = fields[0] === 'Z';
  const startedTicks = fields[19];
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return isZombie ? undefined : `${boot.trim()} ${startedTicks}`;
}

async function identifyByPs(pid: number): Promise<string | undefined> {
  const { stdout } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }));
  const [state, ...started] = stdout.trim().split(/\s+/);
  return state === undefined || state === '' || state.startsWith('Z') ? undefined : started.join(' ');
}

/** Returns whether it is certain that process `pid` is no PostgreSQL: dead, a zombie, or another program. */
export async function isNoPostgres(pid: number): Promise<boolean> {
  if ((await identifyProcess(pid)) === undefined) return true;
  const name = await nameOf(pid).catch(() => 'postgres, for all we know');
  return !name.includes('postgres');
}

async function nameOf(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/comm`, 'utf8');
  return (await run('ps', ['-o', 'comm=', '-p', String(pid)])).stdout;
}

/** Returns whether process `pid` is a PostgreSQL server that runs on this data folder. */
export async function isPostgresOn(pid: number, clusterFolder: string): Promise<boolean> {
  if ((await identifyProcess(pid)) === undefined) return false;
  if (process.platform === 'linux') {
    // A server's working directory is its data folder. Where that cannot be read, the process is another user's.
    return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === clusterFolder;
  }
  const { stdout } = await run('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.includes('postgres') && stdout.includes(clusterFolder);
}
