/**
 * The user PostgreSQL runs as, because it refuses to run as root.
 *
 * An ordinary user runs it themselves. For root it is `postgres` where that user exists and else `nobody`, which is
 * everywhere; no user is created, because a trading server must not change the machine's accounts.
 */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { StartFailure } from '../../core/shared/start-failure.ts';

/** The ids to run as; undefined is "as ourselves". */
export type RunAs = { readonly uid: number; readonly gid: number } | undefined;

/** Returns the user that PostgreSQL must run as here. */
export async function postgresUser(): Promise<RunAs> {
  if (process.getuid?.() !== 0) return undefined;
  const passwd = await readFile('/etc/passwd', 'utf8');
  for (const name of ['postgres', 'nobody']) {
    const fields = passwd
      .split('\n')
      .find((line) => line.startsWith(`${name}:`))
      ?.split(':');
    if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new StartFailure(
    'configuration-invalid',
    'PostgreSQL does not run as root, and this machine has neither a user "postgres" nor "nobody" to run it as. ' +
      'Start the server as an ordinary user, or set DATABASE_URL.',
  );
}

/** Returns whether that user can run the program or enter the folder, through all the folders above it. */
export async function canReach(user: RunAs, path: string): Promise<boolean> {
  if (user === undefined) return true;
  const { code } = await runProcess('/bin/sh', ['-c', 'test -x "$1"', 'sh', path], { user, cwd: '/' });
  return code === 0;
}

/** How a program ended and all it said. */
export interface ProcessResult {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program as that user to its end, with `input` on its standard input. */
export async function runProcess(
  program: string,
  args: readonly string[],
  { user, cwd, input = '' }: { readonly user: RunAs; readonly cwd: string; readonly input?: string },
): Promise<ProcessResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      ...user,
      env: { PATH: process.env['PATH'], HOME: cwd, LC_ALL: 'C' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stdin.on('error', () => {
      // It ended without reading its input; how it ended says why.
    });
    child.stdin.end(input);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
