/** Rules for the TypeScript of a migration: what it does must be the same in a year, on every database. */
import type { LintSubject } from '../lint-subject.ts';
import type { Breach, Rule } from './rule.ts';

/** What a migration may import: its base, the recipes, and other migrations' nothing. */
const STABLE_IMPORT = /(?:^@mikro-orm\/|\/migrator\/recipes\.ts$)/;

export const sourceRules: readonly Rule[] = [
  {
    name: 'no-entity-import',
    help: 'Write the SQL out. What is imported continues changing after the migration was applied, and then it does something else.',
    find: ({ code }) =>
      importsOf(code)
        .filter((path) => !STABLE_IMPORT.test(path))
        .map((path) => ({ message: `it imports ${path}` })),
  },
  {
    name: 'no-get-entity-manager',
    help: 'Write the SQL out. The entity manager knows the tables as they are in the code today, not as they are when this runs.',
    find: (subject) => mentions(subject, /\bgetEntityManager\b/g),
  },
  {
    name: 'no-clock-or-random',
    help: 'Let PostgreSQL say now() or gen_random_uuid() in the statement; a value made in the code is another one in each rendering, and on each database.',
    find: (subject) =>
      mentions(
        subject,
        /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bperformance\.now\b|\brandomUUID\w*|\brandomBytes\b|\bgetRandomValues\b/g,
      ),
  },
  {
    name: 'partition-by-hand',
    help: 'Keep the table out of the records, whose generator would copy it whole at each change, and waive this rule with that as the reason.',
    find: (subject) => partitionsByHand(subject),
  },
];

function importsOf(code: string): string[] {
  // A statement's import begins its line, and SQL has a "from" of its own.
  const found = code.matchAll(
    /(?:^\s*(?:import|export)\b[^;"'`]*\bfrom\s*|^\s*import\s*|\bimport\s*\(\s*)(["'])(?<path>[^"']+)\1/gm,
  );
  return [...found].flatMap(({ groups }) => groups?.['path'] ?? []);
}

function mentions({ code }: LintSubject, pattern: RegExp): Breach[] {
  return [...new Set(code.match(pattern))].map((text) => ({ message: `it uses ${text}` }));
}

function partitionsByHand({ code, up }: LintSubject): Breach[] {
  if (!/\bpartition\s+(?:by|of)\b|\battach\s+partition\b/i.test(code)) return [];
  return up
    .filter(({ actions }) =>
      actions.some(
        (action) =>
          action.does === 'attach-partition' || (action.does === 'create-table' && action.isPartitioned),
      ),
    )
    .map(({ text }) => ({ message: 'it makes partitions by hand', statement: text }));
}
