/** `db make`: the migrations for what has changed in the entities. */
import { unmadeChanges } from '../author/make/check-migrations.ts';
import { makeMigrations } from '../author/make/make-migrations.ts';
import { PHASES } from '../run/migration.ts';
import { MigratorFailure } from '../failure.ts';
import { flag, list, mode, value } from './command-option.ts';
import { readLine } from './confirm.ts';
import { declareCommand } from './declare-command.ts';
import { misuse } from './io.ts';
import { mergeMigrations } from './make-merge.ts';
import { reportMade } from './make-report.ts';
import { ignoreApp } from './migration-names.ts';
import { withRecords } from './records-orm.ts';
import type { MakeRequest } from '../author/make/make-migrations.ts';
import type { Phase } from '../run/migration.ts';
import type { CommandIo } from './io.ts';

const NO_CHANGES = 'No changes: the migrations make what the entities say.\n';

export const makeCommand = declareCommand({
  name: 'make',
  django: 'makemigrations',
  words: '[APP]',
  about: `Writes the migrations for what has changed in the entities. It needs no database. What is done to a table that has
    rows is written in the way that lets the server continue, in one file; where that takes several steps, the file has several.`,
  exits: '0 done or nothing to do; with --check 1 when there is something to write',
  options: {
    name: value('NAME', 'what it does, in snake case; taken from the change when left out'),
    rename: list('OLD:NEW', 'users.phone:mobile is a column that changed its name; the rows are kept'),
    'no-rename': flag(
      'what goes and what comes are two things, except what --rename names: the old rows are dropped',
    ),
    fill: list(
      'COLUMN=SQL',
      'what rows get that have nothing in a column that is required now, such as "orders.note=\'none\'"; the SQL may name columns ' +
        'of the row. Old rows get it by a backfill, those of the old version by a trigger',
    ),
    empty: mode('an empty migration, which you write; what has changed in the entities is left for later'),
    'by-hand': mode('the same, and you write in it what has changed in the entities and cannot be generated'),
    phase: value('PHASE', 'expand when left out, data or contract', 'empty', 'by-hand'),
    'dry-run': flag('shows the files without writing them'),
    check: mode('writes nothing; the exit code says whether there is something to write'),
    merge: mode(
      "after a merge in which both branches have added migrations: puts yours behind the other branch's, and makes manifest.json " +
        'and .snapshot.json again, also when they are full of conflict markers. Settle conflicts in the entities first',
    ),
    onto: value('BRANCH', 'the other branch; main and origin/main when left out', 'merge'),
    own: list('NAME', 'a migration of yours; git is not asked then', 'merge'),
    applied: flag('also when one of yours is applied in the database that is configured here', 'merge'),
  },
  async run(run) {
    const { values, io, context, say } = run;
    ignoreApp(run.words, io);
    if (run.mode === 'merge') return mergeMigrations(run, values);
    const { folder } = context.project;
    if (run.mode === 'check') {
      const fault = await withRecords(context.project, (orm) => unmadeChanges(orm, folder));
      if (fault !== undefined) throw new MigratorFailure('conflict', fault);
      return say(NO_CHANGES);
    }
    const isDryRun = values['dry-run'] === true;
    const blank = run.mode === undefined ? undefined : statedPhase(values);
    const ask = values['no-rename'] === true ? undefined : asking(io);
    const request: MakeRequest = {
      folder,
      name: values.name ?? (run.mode === 'empty' ? 'custom' : undefined),
      renames: {
        declared: values.rename ?? [],
        deniesOthers: values['no-rename'] === true,
        ...(ask !== undefined && { ask }),
      },
      fills: values.fill ?? [],
      ...(blank !== undefined && { blank }),
      coversRecords: run.mode === 'by-hand',
      isDryRun,
    };
    const made = await withRecords(context.project, (orm) => makeMigrations(orm, request));
    if (made.length === 0) return say(NO_CHANGES);
    if (isDryRun) return say(made.map(({ name, source }) => `// ${name}.ts\n${source}\n`).join(''));
    await reportMade(made, run, { isBlank: blank !== undefined });
  },
});

interface EmptyWords {
  readonly phase?: string;
  readonly rename?: readonly string[];
  readonly fill?: readonly string[];
}

/** The phase of a generated migration follows from what it does; that of a handwritten one is stated by its author. */
function statedPhase({ phase = 'expand', rename, fill }: EmptyWords): Phase {
  if ((rename ?? fill) !== undefined)
    throw misuse(
      `--${rename === undefined ? 'fill' : 'rename'} is for what is generated; an empty migration says it itself.`,
    );
  const known = PHASES.find((each) => each === phase);
  if (known !== undefined) return known;
  throw misuse(`--phase was ${phase}: ${PHASES.join(', ')} was expected.`);
}

/** Returns how to ask whether something was renamed; undefined without a terminal. */
function asking({ stdin, stdout }: CommandIo): ((question: string) => Promise<boolean>) | undefined {
  if (stdin?.isTTY !== true) return undefined;
  return async (question) => {
    stdout.write(`${question} [y/N] `);
    return /^y(?:es)?$/i.test((await readLine(stdin)) ?? '');
  };
}
