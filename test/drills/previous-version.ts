/** The versions before this checkout, as git has them: the last release, and the code before the migrations changed. */
import { execFile, spawn } from 'node:child_process';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Version } from './version-folder.ts';

const ROOT = join(import.meta.dirname, '../..');
const MIGRATIONS = 'src/migrations';

/** Which commit, and why that one. */
export interface PreviousRef {
  readonly commit: string;
  readonly reason: string;
}

/** How many states of the migrations before this checkout's are upgraded from. */
const STATES = 3;

/** Finds the versions to upgrade from, newest first; empty when the clone does not reach that far. */
export async function findPrevious(asked: readonly string[]): Promise<PreviousRef[]> {
  if (asked.length > 0) return Promise.all(asked.map(findAsked));
  const found = [await lastRelease(), await uncommitted(), ...(await earlierStates())].filter(
    (ref) => ref !== undefined,
  );
  return [...new Map(found.map((ref) => [ref.commit, ref])).values()].slice(0, STATES);
}

async function findAsked(ref: string): Promise<PreviousRef> {
  const commit = await ask('rev-parse', '--verify', '--quiet', `${ref}^{commit}`);
  if (commit === undefined) throw new Error(`There is no commit ${ref} in this clone.`);
  return { commit, reason: `asked for as ${ref}` };
}

/** The tag before this commit: a release is upgraded from the one before it. */
async function lastRelease(): Promise<PreviousRef | undefined> {
  const tag = await ask('describe', '--tags', '--abbrev=0', '--match=v*', 'HEAD^');
  const commit = tag === undefined ? undefined : await ask('rev-parse', `${tag}^{commit}`);
  return commit === undefined ? undefined : { commit, reason: `the last release, ${tag}` };
}

async function uncommitted(): Promise<PreviousRef | undefined> {
  if ((await ask('status', '--porcelain', '--', MIGRATIONS)) === '') return undefined;
  const commit = await ask('rev-parse', 'HEAD');
  return commit === undefined ? undefined : { commit, reason: 'HEAD: the migrations here are not committed' };
}

/** The commit before each of the last ones that changed the folder: what an installation may have that was not updated since. */
async function earlierStates(): Promise<PreviousRef[]> {
  const log = await ask('log', `-${STATES}`, '--format=%H', '--', MIGRATIONS);
  const changes = log === undefined || log === '' ? [] : log.split('\n');
  const states = await Promise.all(
    changes.map(async (change): Promise<PreviousRef | undefined> => {
      const commit = await ask('rev-parse', '--verify', '--quiet', `${change}^`);
      const hasMigrations = (await ask('cat-file', '-e', `${commit}:${MIGRATIONS}`)) !== undefined;
      if (commit === undefined || !hasMigrations) return undefined;
      return { commit, reason: `the commit before ${change.slice(0, 8)} changed ${MIGRATIONS}` };
    }),
  );
  return states.filter((state) => state !== undefined);
}

/** Puts the version into a folder, with this checkout's packages where the server would get the same ones. */
export async function checkOut({ commit }: PreviousRef, folder: string): Promise<Version> {
  await mkdir(folder, { recursive: true });
  // By way of a file: tar does not read a pipe to its end, and git would be cut off.
  const archive = `${folder}.tar`;
  await promisify(execFile)('git', ['archive', `--output=${archive}`, commit], { cwd: ROOT });
  await promisify(execFile)('tar', ['-xf', archive, '-C', folder]);
  if (await hasSamePackages(folder))
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'dir');
  else await install(folder);
  return { name: commit.slice(0, 8), folder };
}

async function install(folder: string): Promise<void> {
  const npm = spawn(
    'npm',
    ['ci', '--omit=dev', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'],
    {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  if ((await ended(npm)) !== 0)
    throw new Error('The packages of the previous version could not be installed.');
}

/** Whether the packages that the server runs on are the same; those for development do not matter. */
async function hasSamePackages(folder: string): Promise<boolean> {
  const [here, there] = await Promise.all([runtimePackages(ROOT), runtimePackages(folder)]);
  return here === there;
}

interface Locked {
  readonly version?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

async function runtimePackages(folder: string): Promise<string> {
  const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, Locked>>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
    .map(([path, { version }]) => `${path} ${version}`)
    .toSorted()
    .join('\n');
}

/** What git answers; undefined when it refuses. */
async function ask(...words: readonly string[]): Promise<string | undefined> {
  try {
    return (await promisify(execFile)('git', [...words], { cwd: ROOT })).stdout.trim();
  } catch {
    return undefined;
  }
}

function ended(child: ReturnType<typeof spawn>): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
}
