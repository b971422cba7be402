/** Decides where the database files lie: in the data folder, or for root where PostgreSQL's user can reach them. */
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { reachableFolder } from './reachable-folder.ts';
import { canReach } from './unprivileged-user.ts';
import type { RunAs } from './unprivileged-user.ts';

/**
 * Returns the folder that belongs to PostgreSQL's user and holds the cluster and its log. Usually that is `postgres` in the
 * data folder. When PostgreSQL's user cannot get there (a checkout in root's home), it is a folder outside, and the file
 * `postgres.location` in the data folder says where; once written it is kept, so the data is always found again.
 */
export async function serverFolder(dataFolder: string, user: RunAs): Promise<string> {
  const folder = await chooseFolder(dataFolder, user);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  return folder;
}

async function chooseFolder(dataFolder: string, user: RunAs): Promise<string> {
  const pointer = join(dataFolder, 'postgres.location');
  const known = await readFile(pointer, 'utf8').catch(() => undefined);
  if (known !== undefined) return known.trim();
  if (await canReach(user, dataFolder)) return join(dataFolder, 'postgres');
  // A random name: after the data folder was deleted, a start must begin with an empty database.
  const folder = join(await reachableFolder(), `data-${randomBytes(6).toString('hex')}`);
  await mkdir(folder, { mode: 0o700 });
  await writeFile(join(folder, 'belongs-to'), `${dataFolder}\n`);
  await writeFile(pointer, `${folder}\n`);
  return folder;
}
