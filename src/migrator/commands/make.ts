/** `db:make`: the migrations for what has changed in the records. */
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { makeMigrations } from '../author/make/make-migrations.ts';
import { isFailing, lintMigrations } from '../review/lint/lint-migrations.ts';
import { readBaseManifest } from '../review/lint/base-manifest.ts';
import { PHASES } from '../run/migration.ts';
import { MigratorFailure } from '../failure.ts';
import { misuse } from './io.ts';
import { findingsText } from './lint-text.ts';
import { alignedLines } from './text.ts';
import { withRecords } from './records-orm.ts';
import type { MakeRequest } from '../author/make/make-migrations.ts';
import type { WrittenMigration } from '../author/make/write-migrations.ts';
import type { Phase } from '../run/migration.ts';
import type { CommandIo } from './io.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';

const USAGE = `Usage: manage db:make --name NAME [--rename OLD:NEW…] [--no-rename] [--fill COLUMN=SQL…] [--dry-run] [--check]
       manage db:make --name NAME --data
       manage db:make --name NAME --blank|--by-hand --phase expand|data|contract

Writes the migrations for what has changed in the records (src/entities). It needs no database. What is done to a table that has
rows is written in the way that lets the server go on; where that takes several migrations, it writes several.

  --name NAME         what it does, in snake case: add_order_note
  --rename OLD:NEW    users.phone:mobile is a column that changed its name, users:traders a table; the rows are kept
  --no-rename         what goes and what comes are two things, except what --rename names: the old rows are dropped
  --fill COLUMN=SQL   what rows get that have nothing in a column that is required now, such as "orders.note='none'"; the SQL may
                      name columns of the row. Old rows get it by a backfill, those of the old version by a trigger
  --data              an empty migration for rows, phase data
  --blank             an empty migration of the phase in --phase; what has changed in the records is left for later
  --by-hand           the same, and you write in it what has changed in the records, which db:make does not write
  --dry-run           shows the files without writing them
  --check             writes nothing; ends with 1 when there is something to write
`;

const OPTIONS = {
  name: { type: 'string' },
  rename: { type: 'string', multiple: true },
  'no-rename': { type: 'boolean' },
  fill: { type: 'string', multiple: true },
  data: { type: 'boolean' },
  blank: { type: 'boolean' },
  'by-hand': { type: 'boolean' },
  phase: { type: 'string' },
  'dry-run': { type: 'boolean' },
  check: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const makeCommand: DatabaseCommand = {
  summary: 'write the migrations for what has changed in the records',
  django: 'makemigrations',
  run: runMake,
};

async function runMake(
  argv: readonly string[],
  io: CommandIo,
  context: DatabaseCommandContext,
): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: OPTIONS });
  if (values.help === true) {
    io.stdout.write(USAGE);
    return 0;
  }
  const { folder } = context.project;
  const isDryRun = values['dry-run'] === true;
  const isCheck = values.check === true;
  const request = requestOf(values, io, folder);
  const made = await withRecords(context.project, (orm) =>
    makeMigrations(orm, {
      ...request,
      name: isCheck ? 'check' : values.name,
      isDryRun: isDryRun || isCheck,
    }),
  );
  if (made.length === 0) {
    io.stdout.write('No changes: the migrations make what the records say.\n');
    return 0;
  }
  if (isCheck) {
    throw new MigratorFailure(
      'conflict',
      'The records have changes that no migration makes: run "npm run db:make -- --name what_it_does".',
    );
  }
  if (isDryRun) io.stdout.write(made.map(({ name, source }) => `// ${name}.ts\n${source}\n`).join(''));
  else await tell(made, io, { folder, isBlank: request.blank !== undefined });
  return 0;
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function requestOf(values: Values, io: CommandIo, folder: string): MakeRequest {
  const blank = blankPhase(values);
  const isAnswered = values['no-rename'] === true || io.stdin?.isTTY !== true;
  return {
    folder,
    name: values.name,
    renames: {
      declared: values.rename ?? [],
      deniesOthers: values['no-rename'] === true,
      ...(!isAnswered && { ask: (question) => ask(question, io) }),
    },
    fills: values.fill ?? [],
    ...(blank !== undefined && { blank }),
    coversRecords: values['by-hand'] === true,
  };
}

/** The phase of a generated migration follows from what it does; that of one written by hand is the writer's word. */
function blankPhase({ data, blank, 'by-hand': byHand, phase, rename, fill }: Values): Phase | undefined {
  const kinds = [data, blank, byHand].filter((kind) => kind === true).length;
  if (kinds > 1) throw misuse('--data, --blank and --by-hand are three things: give one of them.');
  if (kinds === 1 && (rename ?? fill) !== undefined)
    throw misuse(
      `--${rename === undefined ? 'fill' : 'rename'} is for what is generated; an empty migration says it itself.`,
    );
  const stated = data === true && phase === undefined ? 'data' : phase;
  if (kinds === 0) {
    if (phase === undefined) return undefined;
    throw misuse(
      '--phase is for --blank and --by-hand; the phase of what is generated follows from what it does.',
    );
  }
  const known = PHASES.find((each) => each === stated);
  if (known !== undefined && (data !== true || known === 'data')) return known;
  throw misuse(
    `--phase was ${stated ?? 'left out'}: ${data === true ? 'data' : PHASES.join(', ')} was wanted.`,
  );
}

async function ask(question: string, { stdin, stdout }: CommandIo): Promise<boolean> {
  if (stdin === undefined) return false;
  const lines = createInterface({ input: stdin });
  try {
    stdout.write(`${question} [y/N] `);
    for await (const line of lines) return /^y(?:es)?$/i.test(line.trim());
    return false;
  } finally {
    lines.close();
  }
}

async function tell(
  made: readonly WrittenMigration[],
  io: CommandIo,
  { folder, isBlank }: { readonly folder: string; readonly isBlank: boolean },
): Promise<void> {
  const written = made.flatMap((migration) => migration.steps);
  const rows = written.map(({ name, phase, note }) => [name, phase, note]);
  io.stdout.write(`Wrote ${made.length === 1 ? 'a migration' : `${made.length} migrations`}:\n`);
  io.stdout.write(alignedLines(rows, '  '));
  const names = made.map(({ name }) => name);
  const findings = await lintMigrations({ folder, names, baseManifest: await readBaseManifest(folder) });
  if (findings.length > 0) io.stdout.write(`\n${findingsText({ names, findings, notes: [] })}`);
  const hasContract = written.some(({ phase }) => phase === 'contract');
  const steps = [
    ...(isBlank ? [['npm run db:check -- --write', 'signs what you wrote; until then nothing runs']] : []),
    [
      'npm run db:plan',
      'runs them on your database in a transaction that is rolled back, and shows their locks',
    ],
    ['npm run db:migrate', 'applies them'],
    ...(hasContract
      ? [['npm run db:contract', 'applies the contracts, once nothing uses what they take away']]
      : []),
  ];
  const read = isFailing(findings)
    ? 'Mend what is told above. Then read the files, and:'
    : 'Read them. Then:';
  const what = isBlank ? 'Write what it does. Then:' : read;
  io.stdout.write(`\n${what}\n${alignedLines(steps, '  ')}`);
}
