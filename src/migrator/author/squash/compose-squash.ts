/** Makes one migration of several that follow each other, for databases that have none of them yet. */
import { join } from 'node:path';
import { MigratorFailure } from '../../failure.ts';
import { migrationSource } from '../make/migration-source.ts';
import { freeTimestamp, timestampOf } from '../make/timestamps.ts';
import { requireName } from '../make/write-migrations.ts';
import { fileOf } from '../../run/state/entry-name.ts';
import { loadMigrations } from '../../run/state/load-migrations.ts';
import { renderSql } from '../../run/execute/render-sql.ts';
import { resolveName, resolveNames } from '../../run/state/selection.ts';
import type { LoadedMigration } from '../../run/state/load-migrations.ts';
import type { Phase } from '../../run/migration.ts';

export interface SquashRequest {
  readonly folder: string;
  readonly from: string;
  readonly to: string;
  /** The text of its name; by default those of the last original with `squash_` before them. */
  readonly name?: string | undefined;
}

/** A squash that is not written yet. */
export interface ComposedSquash {
  readonly name: string;
  readonly path: string;
  readonly source: string;
  readonly replaces: readonly string[];
}

/** Returns the squash. MigratorFailure `command-invalid` for originals that cannot be put together. */
export async function composeSquash(request: SquashRequest): Promise<ComposedSquash> {
  const { folder } = request;
  const all = await loadMigrations(folder);
  const range = selectRange(all, request);
  refuseSquashes(range, all);
  const sql = await renderAll(range);
  const name = nameOf(all, range, request.name);
  const replaces = range.map((migration) => migration.name);
  const reasons = range.flatMap(({ irreversible }) => irreversible ?? []);
  const source = migrationSource({
    name,
    folder,
    steps: [
      {
        phase: strongestPhase(range),
        isTransactional: true,
        note: `Stands for the migrations in \`replaces\`: a database that has them records this one, a new one runs it in their place.`,
        up: sql.flatMap(({ up }) => up),
        down: sql.toReversed().flatMap(({ down }) => down),
        replaces,
        backfills: [...new Set(range.flatMap(({ backfills }) => backfills))],
        ...(reasons.length > 0 && { irreversible: reasons.join('; ') }),
      },
    ],
  });
  return { name, path: join(folder, `${name}.ts`), source, replaces };
}

function selectRange(
  all: readonly LoadedMigration[],
  { from, to }: SquashRequest,
): readonly LoadedMigration[] {
  const names = all.map(({ name }) => name);
  const [first = ''] = resolveNames(names, from);
  if (first !== names[0])
    throw new MigratorFailure(
      'command-invalid',
      `Nothing was written: a squash begins with the first migration, ${names[0]}, so that only an empty database runs it.`,
    );
  const range = all.slice(0, names.indexOf(resolveName(names, to)) + 1);
  if (range.length > 1) return range;
  throw new MigratorFailure(
    'command-invalid',
    `Nothing was written: from ${from} to ${to} there are not two migrations, in the order of their names.`,
  );
}

/** Both a squash and what it stands for would run. */
function refuseSquashes(range: readonly LoadedMigration[], all: readonly LoadedMigration[]): void {
  const names = new Set(all.map(({ name }) => name));
  const open = all.filter(
    ({ name, replaces }) =>
      replaces.some((replaced) => names.has(replaced)) &&
      range.some((original) => original.name === name || replaces.includes(original.name)),
  );
  if (open.length === 0) return;
  const squashes = open.map(({ name }) => name).join(', ');
  throw new MigratorFailure(
    'command-invalid',
    `Nothing was written: ${squashes} stands for migrations of this range that are still there. ` +
      `Finish it first: npm run db -- squash --finish ${open[0]?.name}`,
  );
}

/** The statements of one original. */
interface Rendered {
  readonly up: readonly string[];
  readonly down: readonly string[];
}

async function renderAll(range: readonly LoadedMigration[]): Promise<Rendered[]> {
  const rendered: Rendered[] = [];
  const dynamic: string[] = [];
  for (const migration of range) {
    const up = await renderSql(migration, 'up');
    const isOneWay = migration.irreversible !== undefined;
    const down = isOneWay ? [] : await renderSql(migration, 'down');
    if (up === undefined || down === undefined) dynamic.push(migration.name);
    else rendered.push({ up: up.map(insideTransaction), down: down.map(insideTransaction) });
  }
  if (dynamic.length === 0) return rendered;
  throw new MigratorFailure(
    'command-invalid',
    `Nothing was written: ${dynamic.join(', ')} asks the database while it runs, so its SQL is not known. Squash up to it, or after it.`,
  );
}

/** A second between the first original and what comes after the last: a new database runs it at their place. */
function nameOf(
  all: readonly LoadedMigration[],
  range: readonly LoadedMigration[],
  words: string | undefined,
): string {
  const names = all.map(({ name }) => name);
  const [first = '', last = ''] = [range[0]?.name, range.at(-1)?.name];
  const next = names[names.indexOf(last) + 1];
  const before = next === undefined ? undefined : timestampOf(next);
  const timestamp =
    freeTimestamp(names, { after: timestampOf(last) ?? '', before }) ??
    freeTimestamp(names, { after: timestampOf(first) ?? '', before });
  if (timestamp === undefined) {
    throw new MigratorFailure(
      'command-invalid',
      `Nothing was written: between ${first} and ${next} no second is free. End the range where what was made together ends.`,
    );
  }
  return `Migration${timestamp}_${requireName(words ?? `squash_${fileOf(last).replace(/^Migration\d{14}_/, '')}`)}`;
}

/** A contract among them is one for a database that has rows and none of the originals. */
function strongestPhase(range: readonly LoadedMigration[]): Phase {
  const phases = range.map(({ phase }) => phase);
  if (phases.includes('contract')) return 'contract';
  return phases.every((phase) => phase === 'data') ? 'data' : 'expand';
}

/** As it can run in a transaction: a database that is being built has no other users. */
function insideTransaction(statement: string): string {
  return statement
    .replace(/^(\s*create\s+(?:unique\s+)?index)\s+concurrently\b/i, '$1')
    .replace(/^(\s*(?:drop\s+index|reindex\s+\w+))\s+concurrently\b/i, '$1');
}
