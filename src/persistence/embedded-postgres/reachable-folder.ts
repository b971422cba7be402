/** A folder outside root's checkout that PostgreSQL's user can enter and only root can write. */
import { chmod, lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartFailure } from '../../core/shared/start-failure.ts';

/** The usual place for a server's data; the other one is for machines where that is read-only. */
const CANDIDATES = ['/var/lib/auto-forex', join(tmpdir(), 'auto-forex')];

const WRITABLE_BY_OTHERS = 0o022;

/** Returns the folder, made if it was not there. Called as root only. */
export async function reachableFolder(): Promise<string> {
  for (const folder of CANDIDATES) {
    if (await prepared(folder)) return folder;
  }
  throw new StartFailure(
    'configuration-invalid',
    `PostgreSQL does not run as root and cannot reach this checkout, and no other folder could be used: ${CANDIDATES.join(', ')}. ` +
      'Move the checkout to a place that others may enter, start as an ordinary user, or set DATABASE_URL.',
  );
}

async function prepared(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o755 });
    // The process may mask the mode it asked for.
    await chmod(folder, 0o755);
  } catch {
    // It is there already, or cannot be made; what it is decides.
  }
  const found = await lstat(folder).catch(() => undefined);
  // Another user's folder, or a link to it, would let that user put programs in place of ours.
  return (
    found !== undefined && found.isDirectory() && found.uid === 0 && (found.mode & WRITABLE_BY_OTHERS) === 0
  );
}
