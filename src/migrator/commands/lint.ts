/** `db:lint`: what is risky in migrations before they run anywhere. */
import { parseArgs } from 'node:util';
import { openScratchDatabase } from '../inspect/drift/scratch-server.ts';
import { readBaseManifest, readBaseManifestAt } from '../review/lint/base-manifest.ts';
import { isFailing, lintMigrations, ruleHelp, SQUAWK_IS_MISSING } from '../review/lint/lint-migrations.ts';
import { findSquawk } from '../review/lint/squawk.ts';
import { loadMigrations } from '../run/state/load-migrations.ts';
import { resolveNames } from '../run/state/selection.ts';
import { traceMigrations } from '../review/trace/trace-migrations.ts';
import { MigratorFailure } from '../failure.ts';
import { misuse } from './io.ts';
import { findingsMarkdown, findingsText, traceMarkdown, traceText } from './lint-text.ts';
import { alignedLines } from './text.ts';
import type { BaseManifest } from '../review/lint/lint-subject.ts';
import type { TraceReport } from '../review/trace/migration-trace.ts';
import type { CommandIo } from './io.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';

const USAGE = `Usage: manage db:lint [NAME…] [--all] [--base REF] [--trace] [--markdown] [--json] | --rules

Looks for what is risky in migrations: by squawk on their SQL, by rules of this project, and with --trace by running them
on a scratch database with rows. Without names it looks at those that the main branch does not have. Ends with 1 when
something is to be mended. A migration waives a rule with a reason:
  static override readonly lint = { allow: { 'rule-name': 'why it does no harm here' } };

  --all        look at all; what is wrong in merged ones is told and does not fail
  --base REF   compare with the manifest at this branch, tag or commit, in place of origin/main or main
  --trace      also run the new ones, or those named, on a scratch database, which is made beside that of DATABASE_URL
               and dropped afterwards
  --markdown   write Markdown, for a pull request
  --json       the same for machines
  --rules      list the rules and what to do about each, and look at nothing
`;

const OPTIONS = {
  all: { type: 'boolean' },
  base: { type: 'string' },
  trace: { type: 'boolean' },
  markdown: { type: 'boolean' },
  json: { type: 'boolean' },
  rules: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const lintCommand: DatabaseCommand = { summary: 'what is risky in new migrations', run: runLint };

async function runLint(
  argv: readonly string[],
  io: CommandIo,
  context: DatabaseCommandContext,
): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  if (values.help === true) {
    io.stdout.write(USAGE);
    return 0;
  }
  if (values.rules === true) {
    io.stdout.write(alignedLines(ruleHelp()));
    return 0;
  }
  const { all, base: reference, trace: isTraced, markdown, json } = values;
  if (all === true && positionals.length > 0)
    throw misuse('--all and names say two things: give one of them.');
  const { folder } = context.project;
  const baseManifest = await (reference === undefined
    ? readBaseManifest(folder)
    : readBaseManifestAt(folder, reference));
  const { names, newNames } = await chooseNames(folder, {
    baseManifest,
    isAll: all === true,
    wanted: positionals,
  });
  const trace = isTraced === true ? await traceOnScratch(context, { folder, names: newNames }) : undefined;
  const findings = await lintMigrations({ folder, names, baseManifest, trace });
  const notes = findSquawk() === undefined ? [SQUAWK_IS_MISSING] : [];
  if (json === true) {
    io.stdout.write(
      `${JSON.stringify({ linted: names, findings, trace: trace?.migrations, notes }, undefined, 2)}\n`,
    );
  } else {
    const [traceAs, findingsAs] =
      markdown === true ? [traceMarkdown, findingsMarkdown] : [traceText, findingsText];
    io.stdout.write(`${trace === undefined ? '' : traceAs(trace)}${findingsAs({ names, findings, notes })}`);
  }
  return isFailing(findings) ? 1 : 0;
}

interface Chosen {
  /** To be linted. */
  readonly names: readonly string[];
  /** Of these, what the base does not have, or what was named: what is merged is in the tables that a trace starts with. */
  readonly newNames: readonly string[];
}

/** Where there is no base to compare with, everything is new. */
async function chooseNames(
  folder: string,
  choice: {
    readonly baseManifest: BaseManifest | undefined;
    readonly isAll: boolean;
    readonly wanted: readonly string[];
  },
): Promise<Chosen> {
  const all = (await loadMigrations(folder)).map(({ name }) => name);
  const wanted = choice.wanted.flatMap((name) => resolveNames(all, name));
  if (wanted.length > 0) return { names: wanted, newNames: wanted };
  const merged = new Set(choice.baseManifest?.migrations.map(({ name }) => name));
  const newNames = all.filter((name) => !merged.has(name));
  return { names: choice.isAll ? all : newNames, newNames };
}

async function traceOnScratch(
  context: DatabaseCommandContext,
  { folder, names }: { readonly folder: string; readonly names: readonly string[] },
): Promise<TraceReport | undefined> {
  if (names.length === 0) return undefined;
  if (context.policy.isProduction)
    throw misuse("--trace makes a scratch database beside the server's own; it is not for production.");
  const scratch = await openScratchDatabase({
    ...context.project,
    databaseUrl: await context.databaseUrl(),
  });
  if (typeof scratch === 'string')
    throw new MigratorFailure(
      'database-refused',
      `There is no scratch database to run the migrations on: ${scratch}.`,
    );
  try {
    return await traceMigrations({ databaseUrl: scratch.url, folder, names });
  } finally {
    await scratch.drop();
  }
}
