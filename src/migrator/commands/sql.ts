/** `db:sql`: the SQL of one migration. */
import { parseArgs } from 'node:util';
import { NO_DATABASE_URL } from '../run/connect/no-database.ts';
import { loadMigrations } from '../run/state/load-migrations.ts';
import { openMigrator } from '../run/open-migrator.ts';
import { renderSql } from '../run/execute/render-sql.ts';
import { resolveNames } from '../run/state/selection.ts';
import { misuse } from './io.ts';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { LoadedMigration } from '../run/state/load-migrations.ts';
import type { CommandIo } from './io.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';

const USAGE = `Usage: manage db:sql NAME [--backwards]

Prints what a migration runs, without running it. Needs no database. NAME is the whole name, its number or the words behind it.

  --backwards   what taking it back runs
`;

const OPTIONS = { backwards: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;

export const sqlCommand: DatabaseCommand = {
  summary: 'the SQL of a migration',
  django: 'sqlmigrate',
  run: runSql,
};

async function runSql(
  argv: readonly string[],
  io: CommandIo,
  context: DatabaseCommandContext,
): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  if (values.help === true) {
    io.stdout.write(USAGE);
    return 0;
  }
  const [wanted, ...others] = positionals;
  if (wanted === undefined || others.length > 0) throw misuse('db:sql wants the name of one migration.');
  const { folder } = context.project;
  const { orm, close } = openMigrator({ ...context.project, databaseUrl: NO_DATABASE_URL });
  try {
    const direction = values.backwards === true ? 'down' : 'up';
    const texts = await Promise.all(
      (await entriesMeant(folder, wanted)).map((entry) => textOf(orm, entry, direction)),
    );
    io.stdout.write((direction === 'up' ? texts : texts.toReversed()).join('\n'));
  } finally {
    await close();
  }
  return 0;
}

/** All steps of a file, or the one that is named. */
async function entriesMeant(folder: string, wanted: string): Promise<LoadedMigration[]> {
  const all = await loadMigrations(folder);
  const names = resolveNames(
    all.map(({ name }) => name),
    wanted,
  );
  return all.filter(({ name }) => names.includes(name));
}

async function textOf(orm: MikroORM, migration: LoadedMigration, direction: 'up' | 'down'): Promise<string> {
  const { name, phase = 'no phase', transactional, irreversible } = migration;
  const heading = `-- ${name}, ${direction === 'up' ? 'forwards' : 'backwards'}, ${phase}\n`;
  if (direction === 'down' && irreversible !== undefined)
    return `${heading}-- There is no way back: ${irreversible}\n`;
  const statements = await renderSql(migration, direction, { driver: orm.driver, config: orm.config });
  if (statements === undefined)
    return `${heading}-- It asks the database while it runs, so its SQL is known only then. Read the file: ${migration.path}\n`;
  if (statements.length === 0) return `${heading}-- Nothing to run.\n`;
  const lines = statements.map((sql) => `${sql.trim().replace(/;?$/, ';')}\n`).join('');
  return transactional
    ? `${heading}begin;\n${lines}commit;\n`
    : `${heading}-- Outside of a transaction.\n${lines}`;
}
