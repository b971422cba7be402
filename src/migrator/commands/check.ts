/** `db check`: whether entities, migrations and manifest agree, and what is risky in migrations before they run anywhere. */
import { checkMigrations } from '../author/make/check-migrations.ts';
import { sharedFaults, signManifest } from '../author/make/sign-manifest.ts';
import { readBaseManifest, readBaseManifestAt } from '../review/lint/base-manifest.ts';
import { isFailing, lintMigrations, RULES } from '../review/lint/lint-migrations.ts';
import { resolveNames } from '../run/state/selection.ts';
import { loadMigrations } from '../run/state/load-migrations.ts';
import { readManifest } from '../run/state/manifest.ts';
import { MigratorFailure } from '../failure.ts';
import { flag, value } from './command-option.ts';
import { declareCommand } from './declare-command.ts';
import { misuse } from './io.ts';
import { findingsMarkdown, findingsText } from './lint-text.ts';
import { findMigration } from './migration-names.ts';
import { withRecords } from './records-orm.ts';
import { alignedLines } from './text.ts';
import type { BaseManifest } from '../review/lint/base-manifest.ts';
import type { DatabaseCommandContext } from './database-command.ts';
import type { CommandRun } from './declare-command.ts';

const AGREED = 'Entities, migrations and manifest agree.\n';

export const checkCommand = declareCommand({
  name: 'check',
  django: 'check',
  words: '[NAME…]',
  about: `Compares the entities with the migrations, and the migrations with their manifest, which it makes again first where you
    have edited migrations that the main branch does not have (not in CI). Then it looks for what is risky in the migrations that
    the main branch does not have. With names it looks for that only, in these. It needs no database.

    A migration waives a rule with a reason: static override readonly lint = { allow: { 'rule-name': 'why it does no harm
    here' } };`,
  exits: '0 all is well, 1 something is to be fixed',
  options: {
    all: flag('look for risks in all; problems of merged ones are reported and do not fail'),
    base: value(
      'REF',
      'compare with the manifest at this branch, tag or commit, in place of origin/main or main',
    ),
    markdown: flag('write Markdown, for a pull request'),
    json: flag('for machines'),
    rules: flag('list the rules and what to do about each, and look at nothing'),
  },
  async run(run) {
    const { values, words, context, say } = run;
    if (values.rules) return say(alignedLines(RULES.map(({ name, help }) => [name, help])));
    if (values.all && words.length > 0) throw misuse('--all and names exclude each other: give one of them.');
    const { folder } = context.project;
    const baseManifest = await (values.base === undefined
      ? readBaseManifest(folder)
      : readBaseManifestAt(folder, values.base));
    const isReport = run.isJson || values.markdown === true;
    const faults = words.length > 0 ? undefined : await checkFolder(run, baseManifest, { isReport });
    const names = await chooseNames(folder, baseManifest, { isAll: values.all, words });
    const findings = await lintMigrations({ folder, names, baseManifest });
    const findingsAs = values.markdown ? findingsMarkdown : findingsText;
    const text = [
      ...(faults ?? []).map((fault) => `- **error** ${fault}\n`),
      findingsAs({ names, findings }),
    ];
    run.report({ linted: names, findings, faults }, text.join(''));
    return isFailing(findings) || (faults ?? []).length > 0 ? 1 : 0;
  },
});

/** Signs what is yours and returns what does not agree; where no report is written, that is the failure. */
async function checkFolder(
  { context, say }: CommandRun,
  base: BaseManifest | undefined,
  { isReport }: { readonly isReport: boolean },
): Promise<string[]> {
  const { folder } = context.project;
  const { signed, refused } = await signOwn(context, base);
  const found = await withRecords(context.project, (orm) => checkMigrations(orm, folder));
  const faults = [...refused, ...found];
  if (isReport) return faults;
  for (const name of signed)
    say(`Signed ${name} in manifest.json: no one else has it, or it does what it did.\n`);
  if (faults.length > 0) throw new MigratorFailure('conflict', faults.join('\n'));
  say(AGREED);
  return faults;
}

/** Where no main branch is known, such as in a shallow checkout, what is committed counts as what others have. */
async function signOwn({ project, isUnattended }: DatabaseCommandContext, base: BaseManifest | undefined) {
  const { folder } = project;
  // What cannot be read, conflict markers for instance, is settled by a merge and not by a signature.
  const isReadable = await readManifest(folder).then(
    () => true,
    () => false,
  );
  if (!isReadable) return { signed: [], refused: [] };
  const others = base ?? (await readBaseManifestAt(folder, 'HEAD').catch(() => undefined));
  return isUnattended
    ? { signed: [], refused: await sharedFaults(folder, others) }
    : signManifest(folder, others);
}

/** Where there is no base to compare with, everything is new. */
async function chooseNames(
  folder: string,
  base: BaseManifest | undefined,
  { isAll = false, words }: { readonly isAll?: boolean | undefined; readonly words: readonly string[] },
): Promise<readonly string[]> {
  const all = (await loadMigrations(folder)).map(({ name }) => name);
  if (words.length > 0) return words.flatMap((word) => resolveNames(all, findMigration(all, word)));
  const merged = new Set(base?.migrations.map(({ name }) => name));
  return isAll ? all : all.filter((name) => !merged.has(name));
}
