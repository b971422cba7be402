/** `db sql`: the SQL of one migration. */
import { NO_DATABASE_URL } from '../run/connect/no-database.ts';
import { listMigrationFiles, loadMigration } from '../run/state/load-migrations.ts';
import { openMigrator } from '../run/open-migrator.ts';
import { renderSql } from '../run/execute/render-sql.ts';
import { flag } from './command-option.ts';
import { declareCommand } from './declare-command.ts';
import { misuse } from './io.ts';
import { findMigration, withoutApp } from './migration-names.ts';
import type { Project } from '../run/project.ts';
import type { LoadedMigration } from '../run/state/load-migrations.ts';

export const sqlCommand = declareCommand({
  name: 'sql',
  summary: 'the SQL of a migration',
  django: 'sqlmigrate',
  words: '[APP] NAME',
  about:
    'Prints what a migration runs, without running it. Needs no database. NAME is the whole name, its number or the words behind it.',
  options: { backwards: flag('what taking it back runs') },
  async run({ values, words, io, context: { project }, say }) {
    const files = await listMigrationFiles(project.folder);
    const known = files.map(({ name }) => name);
    const [wanted, ...others] = withoutApp(words, known, io);
    if (wanted === undefined || others.length > 0) throw misuse('db sql wants the name of one migration.');
    const name = findMigration(known, wanted);
    for (const file of files.filter((each) => each.name === name))
      say(await textOf(project, await loadMigration(file), values.backwards ? 'down' : 'up'));
  },
});

async function textOf(
  project: Project,
  migration: LoadedMigration,
  direction: 'up' | 'down',
): Promise<string> {
  const { name, phase = 'no phase', transactional, irreversible } = migration;
  const heading = `-- ${name}, ${direction === 'up' ? 'forwards' : 'backwards'}, ${phase}\n`;
  if (direction === 'down' && irreversible !== undefined)
    return `${heading}-- There is no way back: ${irreversible}\n`;
  const { orm, close } = openMigrator({ ...project, databaseUrl: NO_DATABASE_URL });
  try {
    const statements = await renderSql(migration, direction, { driver: orm.driver, config: orm.config });
    if (statements === undefined)
      return `${heading}-- It asks the database while it runs, so its SQL is known only then. Read the file: ${migration.path}\n`;
    if (statements.length === 0) return `${heading}-- Nothing to run.\n`;
    const lines = statements.map((sql) => `${sql.trim().replace(/;?$/, ';')}\n`).join('');
    return transactional
      ? `${heading}begin;\n${lines}commit;\n`
      : `${heading}-- Outside of a transaction.\n${lines}`;
  } finally {
    await close();
  }
}
