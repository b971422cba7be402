/** Whether the folder of migrations is in order: what is in the files, the manifest, the snapshot and the entities must agree. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MikroORM } from '@mikro-orm/postgresql';
import { MigratorFailure } from '../../failure.ts';
import { fileOf } from '../../run/state/entry-name.ts';
import { listMigrationFiles } from '../../run/state/load-migrations.ts';
import {
  makeManifest,
  manifestFaults,
  manifestText,
  missingFiles,
  readEntryLines,
  readManifest,
} from '../../run/state/manifest.ts';
import { changedParts } from './plan-migrations.ts';
import { schemaToolsOf } from './schema-change.ts';
import { readSnapshot } from './snapshot.ts';
import type { Manifest, ManifestEntry } from '../../run/state/manifest.ts';

/** Only a migration that no one else has may change its text. */
const SIGN =
  'Bring its text back, and put the change into a migration of its own; what only your branch has, "npm run db -- check" signs.';

/** Without the file nothing makes what it made, and the snapshot would still say that something does. */
export function goneText(files: readonly string[]): string {
  return (
    `${files.map((file) => `${file}.ts`).join(', ')} is gone, and manifest.json lists it. Bring it back; if it is only yours and you ` +
    'do not want it, take it back whole: bring manifest.json and .snapshot.json back, too, as they were before it ' +
    '("git checkout main -- src/migrations" does, when it is your only one).'
  );
}

/** Returns what is wrong, one sentence each with what to do; empty when all is well. Needs no database. */
export async function checkMigrations(orm: MikroORM, folder: string): Promise<string[]> {
  return [...(await manifestChecks(folder)), ...(await recordChecks(orm, folder))];
}

async function manifestChecks(folder: string): Promise<string[]> {
  const manifest = await readManifest(folder).catch((error: unknown) => {
    if (error instanceof MigratorFailure) return error.message;
    throw error;
  });
  if (typeof manifest === 'string')
    return [`${manifest} After a merge "npm run db -- make --merge" settles both branches' migrations.`];
  const files = await listMigrationFiles(folder);
  const missing = missingFiles(manifest, files);
  if (missing.length > 0) return [goneText(missing)];
  const faults = manifestFaults(manifest, files);
  if (faults.length > 0) return faults.map((fault) => `${fault}. ${SIGN}`);
  return [...orderFaults(manifest), ...requirementFaults(manifest), ...(await textFaults(folder))];
}

/** The manifest also records what the files state and do, as one text, so that git sees every change of it. */
async function textFaults(folder: string): Promise<string[]> {
  const made = await makeManifest(folder);
  const found = (await readFile(join(folder, 'manifest.json'), 'utf8')).replaceAll('\r\n', '\n');
  if (found === manifestText(made)) return [];
  const lines = await readEntryLines(folder);
  const other = made.migrations.filter((entry) => lines.get(entry.name) !== JSON.stringify(entry));
  const names = other.length === 0 ? '' : ` of ${other.map(({ name }) => name).join(', ')}`;
  return [
    `manifest.json is not what the files${names} make. ${SIGN} ` +
      'A recipe that was changed under what others have goes back to what it was; the new one gets another name.',
  ];
}

function orderFaults({ migrations }: Manifest): string[] {
  const names = [...new Set(migrations.map(({ name }) => fileOf(name)))];
  const byTimestamp = Map.groupBy(
    names,
    (name) => /^Migration(\d{14})_[a-z][a-z0-9_]*$/.exec(name)?.[1] ?? '',
  );
  const nameless = byTimestamp.get('') ?? [];
  const twins = [...byTimestamp].filter(([timestamp, same]) => timestamp !== '' && same.length > 1);
  return [
    ...migrations.flatMap(({ name, replaces = [] }) =>
      replaces
        .filter((original) => original > name)
        .map(
          (later) =>
            `${name} replaces ${later}, which comes after it: a squash stands for what comes before it.`,
        ),
    ),
    ...nameless.map((name) => `${name} is not named as wanted: MigrationYYYYMMDDHHMMSS_what_it_does.`),
    ...twins.map(
      ([, same]) =>
        `${same.join(' and ')} have one and the same time, so their order is an accident of their names: "npm run db -- make --merge --own ${same.at(-1)}" moves the last.`,
    ),
  ];
}

function requirementFaults({ migrations }: Manifest): string[] {
  // An original that is still there stands for itself.
  const known = new Map([
    ...migrations.flatMap(stoodFor),
    ...migrations.map((entry) => [entry.name, entry] as const),
  ]);
  return migrations.flatMap(({ name, requires = [] }) =>
    requires
      .filter((required) => (known.get(required)?.name ?? name) >= name)
      .map((required) => `${name} requires ${required}, which is no migration before it.`),
  );
}

function stoodFor(entry: ManifestEntry): (readonly [string, ManifestEntry])[] {
  return (entry.replaces ?? []).map((name) => [name, entry] as const);
}

async function recordChecks(orm: MikroORM, folder: string): Promise<string[]> {
  const fault = await unmadeChanges(orm, folder).catch((error: unknown) => {
    if (error instanceof MigratorFailure) return error.message;
    throw error;
  });
  return fault === undefined ? [] : [fault];
}

/** Returns in a sentence what the entities say and no migration makes, also where none can be generated; undefined when they agree. */
export async function unmadeChanges(orm: MikroORM, folder: string): Promise<string | undefined> {
  const tools = schemaToolsOf(orm.config);
  const changed = changedParts(await readSnapshot(folder), tools.generator.getTargetSchema(), tools);
  if (changed.length === 0) return undefined;
  return (
    `The entities have changes that no migration makes, of ${changed.join(', ')}: run "npm run db -- make", which writes them or says ` +
    'what it does not generate.'
  );
}
