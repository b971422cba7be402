/** Runs psql in this terminal. */
import { spawn } from 'node:child_process';
import { connectionEnvironment } from '../upkeep/backup/postgres-programs.ts';
import { misuse } from './io.ts';

/** PostgreSQL's own client, which must be on the PATH: it is not installed with the packages. */
const PROGRAM = 'psql';

/**
 * Runs it to its end and returns its exit code. The password goes through the environment, because the list of processes,
 * which every user may see, shows arguments.
 */
export async function runPsql(databaseUrl: string, args: readonly string[]): Promise<number> {
  // Ctrl-C is for psql, which cancels its statement; ending here would leave it without a terminal.
  process.on('SIGINT', ignore);
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(PROGRAM, args, {
        stdio: 'inherit',
        env: { ...process.env, ...connectionEnvironment(databaseUrl), PGAPPNAME: 'auto-forex shell' },
      });
      child.once('error', (error) => reject(startFailure(error)));
      child.once('close', (code) => resolve(code ?? 1));
    });
  } finally {
    process.off('SIGINT', ignore);
  }
}

const ignore = (): void => undefined;

function startFailure(error: Error): Error {
  if (!('code' in error) || error.code !== 'ENOENT') return error;
  return misuse(
    'There is no psql on the PATH. Install the PostgreSQL client; with Docker, run psql in the postgres service; or run one ' +
      'statement with: manage db shell --exec "select …".',
  );
}
