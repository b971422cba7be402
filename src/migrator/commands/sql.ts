/** `db sql`: the SQL of one migration. */
import { loadMigrations } from '../run/state/load-migrations.ts';
import { renderSql } from '../run/execute/render-sql.ts';
import { resolveNames } from '../run/state/selection.ts';
import { flag } from './command-option.ts';
import { declareCommand } from './declare-command.ts';
import { misuse } from './io.ts';
import { findMigration, withoutApp } from './migration-names.ts';
import type { LoadedMigration } from '../run/state/load-migrations.ts';

export const sqlCommand = declareCommand({
  name: 'sql',
  django: 'sqlmigrate',
  words: '[APP] NAME',
  about:
    'Prints what a migration runs, without running it. Needs no database. NAME is the whole name, its number or the words behind ' +
    'it; with /2 behind it, that step alone.',
  options: { backwards: flag('what taking it back runs') },
  async run({ values, words, io, context: { project }, say }) {
    const all = await loadMigrations(project.folder);
    const known = all.map(({ name }) => name);
    const [wanted, ...others] = withoutApp(words, known, io);
    if (wanted === undefined || others.length > 0) throw misuse('db sql needs the name of one migration.');
    const names = resolveNames(known, findMigration(known, wanted));
    const entries = all.filter(({ name }) => names.includes(name));
    const direction = values.backwards ? 'down' : 'up';
    const inOrder = direction === 'up' ? entries : entries.toReversed();
    const texts = await Promise.all(inOrder.map((entry) => textOf(entry, direction)));
    say(texts.join('\n'));
  },
});

async function textOf(migration: LoadedMigration, direction: 'up' | 'down'): Promise<string> {
  const { name, phase = 'no phase', transactional, irreversible } = migration;
  const heading = `-- ${name}, ${direction === 'up' ? 'forwards' : 'backwards'}, ${phase}\n`;
  if (direction === 'down' && irreversible !== undefined)
    return `${heading}-- There is no way back: ${irreversible}\n`;
  const statements = await renderSql(migration, direction);
  if (statements === undefined)
    return `${heading}-- It asks the database while it runs, so its SQL is known only then. Read the file: ${migration.path}\n`;
  if (statements.length === 0) return `${heading}-- Nothing to run.\n`;
  const lines = statements.map((sql) => `${sql.trim().replace(/;?$/, ';')}\n`).join('');
  return transactional
    ? `${heading}begin;\n${lines}commit;\n`
    : `${heading}-- Outside of a transaction.\n${lines}`;
}
