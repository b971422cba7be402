/** `db check`: whether entities, migrations and manifest agree, and what is risky in migrations before they run anywhere. */
import { checkMigrations } from '../author/make/check-migrations.ts';
import { signManifest } from '../author/make/sign-manifest.ts';
import { readBaseManifest, readBaseManifestAt } from '../review/lint/base-manifest.ts';
import { isFailing, lintMigrations, ruleHelp, SQUAWK_IS_MISSING } from '../review/lint/lint-migrations.ts';
import { findSquawk } from '../review/lint/squawk.ts';
import { resolveNames } from '../run/state/selection.ts';
import { loadMigrations } from '../run/state/load-migrations.ts';
import { readManifest } from '../run/state/manifest.ts';
import { MigratorFailure } from '../failure.ts';
import { flag, value } from './command-option.ts';
import { declareCommand } from './declare-command.ts';
import { misuse } from './io.ts';
import { findingsMarkdown, findingsText, traceMarkdown, traceText } from './lint-text.ts';
import { findMigration } from './migration-names.ts';
import { traceOnScratch } from './trace-on-scratch.ts';
import { withRecords } from './records-orm.ts';
import { alignedLines } from './text.ts';
import type { BaseManifest } from '../review/lint/lint-subject.ts';
import type { CommandRun } from './declare-command.ts';

const NOTHING_SIGNED = { signed: [], refused: [] };
const AGREED = 'Records, migrations and manifest agree.\n';

export const checkCommand = declareCommand({
  name: 'check',
  summary: 'whether entities and migrations agree, and what is risky in new ones',
  django: 'check',
  words: '[NAME…]',
  about: `Compares the entities with the migrations, and the migrations with their manifest, which it makes again first where you
    have edited migrations that the main branch does not have (not in CI). Then it looks for what is risky in the migrations that
    the main branch does not have: by squawk on their SQL, by rules of its own, and with --trace by running them on a scratch
    database with rows. With names it looks for that only, in these. It needs no database, except for --trace.

    A migration waives a rule with a reason: static override readonly lint = { allow: { 'rule-name': 'why it does no harm
    here' } };`,
  exits: '0 all is well, 1 something is to be mended',
  options: {
    all: flag('look for risks in all; what is wrong in merged ones is told and does not fail'),
    base: value(
      'REF',
      'compare with the manifest at this branch, tag or commit, in place of origin/main or main',
    ),
    trace: flag(
      'also run the new ones, or those named, on a scratch database, made beside that of DATABASE_URL',
    ),
    markdown: flag('write Markdown, for a pull request'),
    json: flag('for machines'),
    rules: flag('list the rules and what to do about each, and look at nothing'),
  },
  async run(run) {
    const { values, words, context, say } = run;
    if (values.rules) return say(alignedLines(ruleHelp()));
    if (values.all && words.length > 0) throw misuse('--all and names say two things: give one of them.');
    const { folder } = context.project;
    const baseManifest = await (values.base === undefined
      ? readBaseManifest(folder)
      : readBaseManifestAt(folder, values.base));
    const isReport = run.isJson || values.markdown === true;
    const faults = words.length > 0 ? undefined : await checkFolder(run, baseManifest, { isReport });
    const { names, newNames } = await chooseNames(folder, baseManifest, { isAll: values.all, words });
    const trace = values.trace ? await traceOnScratch(context, newNames) : undefined;
    const findings = await lintMigrations({ folder, names, baseManifest, trace });
    const notes = findSquawk() === undefined ? [SQUAWK_IS_MISSING] : [];
    const [traceAs, findingsAs] = values.markdown
      ? [traceMarkdown, findingsMarkdown]
      : [traceText, findingsText];
    const text = [
      ...(faults ?? []).map((fault) => `- **error** ${fault}\n`),
      ...(trace === undefined ? [] : [traceAs(trace)]),
      findingsAs({ names, findings, notes }),
    ];
    run.report({ linted: names, findings, trace: trace?.migrations, notes, faults }, text.join(''));
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
  const { signed, refused } = context.isUnattended ? NOTHING_SIGNED : await signOwn(folder, base);
  const found = await withRecords(context.project, (orm) => checkMigrations(orm, folder));
  const faults = [...refused, ...found];
  if (isReport) return faults;
  for (const name of signed)
    say(`Signed ${name} in manifest.json: nobody else has it, or it does what it did.\n`);
  if (faults.length > 0) throw new MigratorFailure('conflict', faults.join('\n'));
  say(AGREED);
  return faults;
}

/** Where no main branch is known, such as in a shallow checkout, what is committed counts as what others have. */
async function signOwn(folder: string, base: BaseManifest | undefined) {
  // What cannot be read, conflict markers for instance, is settled by a merge and not by a signature.
  const isReadable = await readManifest(folder).then(
    () => true,
    () => false,
  );
  if (!isReadable) return NOTHING_SIGNED;
  return signManifest(folder, base ?? (await readBaseManifestAt(folder, 'HEAD').catch(() => undefined)));
}

interface Chosen {
  /** To be looked at. */
  readonly names: readonly string[];
  /** Of these, what the base does not have, or what was named: what is merged is in the tables that a trace starts with. */
  readonly newNames: readonly string[];
}

/** Where there is no base to compare with, everything is new. */
async function chooseNames(
  folder: string,
  base: BaseManifest | undefined,
  { isAll = false, words }: { readonly isAll?: boolean | undefined; readonly words: readonly string[] },
): Promise<Chosen> {
  const all = (await loadMigrations(folder)).map(({ name }) => name);
  const wanted = words.flatMap((word) => resolveNames(all, findMigration(all, word)));
  if (wanted.length > 0) return { names: wanted, newNames: wanted };
  const merged = new Set(base?.migrations.map(({ name }) => name));
  const newNames = all.filter((name) => !merged.has(name));
  return { names: isAll ? all : newNames, newNames };
}
