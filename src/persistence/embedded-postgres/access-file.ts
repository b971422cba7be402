/** Password and port of the embedded database, stored where only their owner can read them; the command line needs them too. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { DATABASE, SUPERUSER } from './cluster.ts';

const AccessSchema = Type.Object({ password: Type.String(), port: Type.Integer() });

/** The password for ever, and the port of the server that runs now or ran last. */
export type Access = Type.Static<typeof AccessSchema>;

const fileIn = (dataFolder: string) => join(dataFolder, 'postgres.json');

/** Returns what was kept, or undefined when there is nothing usable. */
export async function readAccess(dataFolder: string): Promise<Access | undefined> {
  try {
    const content: unknown = JSON.parse(await readFile(fileIn(dataFolder), 'utf8'));
    return Value.Check(AccessSchema, content) ? content : undefined;
  } catch {
    // Never written, or damaged: a new password will be set.
    return undefined;
  }
}

/** Writes it atomically. */
export async function writeAccess(dataFolder: string, access: Access): Promise<void> {
  const draft = `${fileIn(dataFolder)}.new`;
  await writeFile(draft, JSON.stringify(access), { mode: 0o600 });
  await rename(draft, fileIn(dataFolder));
}

/** Returns the address to connect to. */
export function urlOf(access: Access): string {
  return `postgresql://${SUPERUSER}:${access.password}@127.0.0.1:${access.port}/${DATABASE}`;
}
