/** Rules for a file's name and for what others have of it. */
import { conditionsOf } from '../../../run/state/manifest.ts';
import { fileOf } from '../../../run/state/entry-name.ts';
import { nearestNames } from '../../../run/state/nearest-names.ts';
import { baseEntry } from '../lint-subject.ts';
import type { LintContext, LintSubject } from '../lint-subject.ts';
import type { Rule } from './rule.ts';

export const nameRules: readonly Rule[] = [
  {
    name: 'name-format',
    help: 'Name it MigrationYYYYMMDDHHMMSS_what_it_does, as "npm run db -- make --name what_it_does" does.',
    find: ({ migration: { name } }) => (isWellNamed(name) ? [] : [{ message: `the name is "${name}"` }]),
  },
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
    name: 'applied-file-immutable',
    help: 'Bring the file back as it is in the base and write another migration: databases that applied it never run it again.',
    find: ({ migration }, { base }) => {
      const message = changeSinceMerge(migration, base);
      return message === undefined ? [] : [{ message }];
    },
  },
];

/** Returns how a migration differs from what the base has of it; undefined when it does not, or is not there. */
export function changeSinceMerge(
  migration: LintSubject['migration'],
  base: LintContext['base'],
): string | undefined {
  const merged = baseEntry(base, migration.name);
  if (merged === undefined) return undefined;
  if (merged.checksum !== migration.checksum)
    return 'it is merged, and was changed to do something else since';
  return conditionsOf(merged) === conditionsOf(migration)
    ? undefined
    : 'it is merged, and its requires, backfills, replaces or stop were changed since';
}

/** Returns the merged migrations whose files are gone, without those that a squash stands for. */
export function missingFiles({ subjects, base }: LintContext): { name: string; message: string }[] {
  const names = subjects.map(({ migration: { name } }) => name);
  const known = new Set([...names, ...subjects.flatMap(({ migration: { replaces } }) => replaces)]);
  return (base?.migrations ?? [])
    .filter(({ name }) => !known.has(name))
    .map(({ name }) => {
      const [nearest = 'none'] = nearestNames(names, name);
      return { name, message: `it is merged, and its file is gone (the nearest is ${nearest})` };
    });
}

function isWellNamed(name: string): boolean {
  const [, digits] = /^Migration(\d{14})_[a-z][a-z0-9_]*$/.exec(fileOf(name)) ?? [];
  if (digits === undefined) return false;
  const iso = digits.replace(/^(....)(..)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6.000Z');
  const at = new Date(iso);
  return !Number.isNaN(at.getTime()) && at.toISOString() === iso;
}
