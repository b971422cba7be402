/** Lets one server at a time use a data folder, and a new one take over from one that was killed. */
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { StartFailure } from '../../core/shared/start-failure.ts';
import { identifyProcess } from './process-identity.ts';

const OwnerSchema = Type.Object({ pid: Type.Integer(), identity: Type.String() });
type Owner = Type.Static<typeof OwnerSchema>;

/** How often a claim is tried again when another process claims or leaves at the same moment. */
const ATTEMPTS = 5;

/** Claims the folder for this process or throws when a running one has it. Returns the function that releases it. */
export async function claimFolder(
  folder: string,
  describeOwner: () => Promise<string>,
): Promise<() => Promise<void>> {
  const file = join(folder, 'owner.json');
  const mine: Owner = { pid: process.pid, identity: (await identifyProcess(process.pid)) ?? '' };
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      // A link appears at once and with its content, or fails because another owner's is there.
      if (await linked(draft, file)) return () => rm(file, { force: true });
      const owner = await livingOwner(file);
      if (owner !== undefined) throw await alreadyRunning(folder, owner, describeOwner);
      await rm(file, { force: true });
    }
  } finally {
    await rm(draft, { force: true });
  }
  throw new StartFailure(
    'database-refused',
    `The folder ${folder} is being claimed by other servers at the same moment. Start one only.`,
  );
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function livingOwner(file: string): Promise<Owner | undefined> {
  const owner = await readOwner(file);
  if (owner === undefined) return undefined;
  return (await identifyProcess(owner.pid)) === owner.identity ? owner : undefined;
}

async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    const content: unknown = JSON.parse(await readFile(file, 'utf8'));
    return Value.Check(OwnerSchema, content) ? content : undefined;
  } catch {
    // Gone in the meantime, or not ours: either way it does not lock the folder.
    return undefined;
  }
}

async function alreadyRunning(
  folder: string,
  owner: Owner,
  describeOwner: () => Promise<string>,
): Promise<StartFailure> {
  return new StartFailure(
    'database-refused',
    `A server already runs here: process ${owner.pid}, ${await describeOwner()}, data in ${folder}. ` +
      'Use it, stop it, or start this one with another data folder or a DATABASE_URL.',
    { pid: owner.pid },
  );
}
