/** Makes the migrations for what has changed in the records, without a database. */
import type { MikroORM } from '@mikro-orm/postgresql';
import { blankDraft } from './draft.ts';
import { nameOfChange } from './change-name.ts';
import { planMigrations } from './plan-migrations.ts';
import { compareSchemas, schemaToolsOf } from './schema-change.ts';
import { readSnapshot, schemaOfSnapshot, writeSnapshot } from './snapshot.ts';
import { composeMigrations, namesInOrder, writeMigrations } from './write-migrations.ts';
import type { Phase } from '../../run/migration.ts';
import type { RenameDecisions } from './renames.ts';
import type { WrittenMigration } from './write-migrations.ts';

export interface MakeRequest {
  readonly folder: string;
  /** Taken from the change when left out, where something is generated. */
  readonly name: string | undefined;
  readonly renames: RenameDecisions;
  /** Values for rows that have none: `orders.note='none'`. */
  readonly fills?: readonly string[];
  /** A migration that a person writes, of this phase, instead of what has changed in the records. */
  readonly blank?: Phase;
  /** Whether the records are taken as they are now, because the blank migration will say what has changed in them. */
  readonly coversRecords?: boolean;
  readonly isDryRun?: boolean;
  /** When they are made: now, when left out. */
  readonly nowAt?: number;
}

/** Returns the migrations that were, or would be, written; none when nothing has changed. MigratorFailure `command-invalid` for what is not generated. */
export async function makeMigrations(orm: MikroORM, request: MakeRequest): Promise<WrittenMigration[]> {
  const { folder, renames, fills = [], blank, coversRecords = false, isDryRun = false } = request;
  const { nowAt = Date.now() } = request;
  const known = await namesInOrder(folder);
  const tools = schemaToolsOf(orm.config);
  const target = tools.generator.getTargetSchema();
  const snapshot = await readSnapshot(folder);
  const drafts =
    blank === undefined
      ? await planMigrations({ snapshot, target, renames, fills }, tools)
      : [blankDraft(blank)];
  if (drafts.length === 0) return [];
  const changedName = (): string =>
    nameOfChange(compareSchemas(schemaOfSnapshot(snapshot, tools.platform), target, tools));
  const name = request.name ?? (blank === undefined ? changedName() : undefined);
  const migrations = await composeMigrations({
    folder,
    known,
    name,
    drafts,
    nowAt,
  });
  if (isDryRun) return migrations;
  await writeMigrations(folder, migrations);
  if (blank === undefined || coversRecords) await writeSnapshot(folder, target);
  return migrations;
}
