/** Rules for the file of a migration: what it does must be the same in a year, on every database. */
import type { Rule } from '../lint-subject.ts';

/** What a migration may import: its base and the recipes. */
const STABLE_IMPORT = /(?:^@mikro-orm\/|\/migrator\/recipes\.ts$)/;

export const sourceRules: readonly Rule[] = [
  {
    name: 'timestamp-after-head',
    help: 'Run "npm run db -- make --merge": it gives the migrations of your branch new times after those of the base.',
    find: ({ migration: { name }, isMerged }, { base }) => {
      const head = base?.migrations.at(-1)?.name ?? '';
      return isMerged || name > head
        ? []
        : [{ message: `it would run before ${head}, which is merged already` }];
    },
  },
  {
    name: 'no-application-code',
    help: 'Write the SQL out. What the application exports, and its entities, continue changing after the migration was applied, and then it does something else.',
    find: ({ code }) => [
      ...importsOf(code)
        .filter((path) => !STABLE_IMPORT.test(path))
        .map((path) => ({ message: `it imports ${path}` })),
      ...(/\bgetEntityManager\b/.test(code) ? [{ message: 'it uses getEntityManager' }] : []),
    ],
  },
  {
    name: 'sql-only-when-run',
    help: 'Run "npm run db -- migrate --try", which runs it on a scratch database and sees its statements.',
    severity: 'warning',
    find: ({ isDynamic }) =>
      isDynamic ? [{ message: 'it asks the database while it runs, so the rules for SQL saw nothing' }] : [],
  },
];

function importsOf(code: string): string[] {
  // A statement's import begins its line, and SQL has a "from" of its own.
  const found = code.matchAll(
    /(?:^\s*(?:import|export)\b[^;"'`]*\bfrom\s*|^\s*import\s*|\bimport\s*\(\s*)(["'])(?<path>[^"']+)\1/gm,
  );
  return [...found].flatMap(({ groups }) => groups?.['path'] ?? []);
}
