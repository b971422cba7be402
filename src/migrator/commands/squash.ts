/** `db:squash`: one migration in the place of several. */
import { rm, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { openScratchDatabase } from '../inspect/drift/scratch-server.ts';
import { readInstallation } from '../run/state/installation.ts';
import { writeManifest } from '../run/state/manifest.ts';
import { composeSquash } from '../author/squash/compose-squash.ts';
import { finishSquash } from '../author/squash/finish-squash.ts';
import { proveSquash } from '../author/squash/prove-squash.ts';
import { MigratorFailure } from '../failure.ts';
import { misuse } from './io.ts';
import { countText } from './text.ts';
import { withRecords } from './records-orm.ts';
import type { ComposedSquash } from '../author/squash/compose-squash.ts';
import type { CommandIo } from './io.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';
import type { OpenSettings } from '../run/open-migrator.ts';

const USAGE = `Usage: manage db:squash FROM TO [--name NAME] [--optimize]
       manage db:squash --finish NAME

Writes one migration that stands for all from FROM to TO. A new database runs it in their place; one that has them all records
it in their place, and nothing runs; one that has some of them runs the rest first. Both are built on scratch databases and
compared, there and back; when they differ, the file is removed again. The originals stay for a release.

  --name NAME     its name in snake case; squash_ and the words of TO when left out
  --optimize      makes the tables as they are in the end, and not by all the steps that led there. For all migrations only, from
                  the first to the last. Statements of which no schema tells are kept, unless they change rows where a new
                  database has none, or the migration (or step) states elidable = true.
  --finish NAME   removes the originals of that squash, a release later: every database must have the squash, or all of them
`;

const OPTIONS = {
  name: { type: 'string' },
  optimize: { type: 'boolean' },
  finish: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const squashCommand: DatabaseCommand = {
  summary: 'one migration in the place of several',
  django: 'squashmigrations',
  run: runSquash,
};

async function runSquash(
  argv: readonly string[],
  io: CommandIo,
  context: DatabaseCommandContext,
): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  if (values.help === true) {
    io.stdout.write(USAGE);
    return 0;
  }
  const { folder } = context.project;
  const [from, to, ...others] = positionals;
  if (values.finish !== undefined) {
    if (from !== undefined || values.name !== undefined || values.optimize !== undefined)
      throw misuse('--finish wants the name of a squash and nothing else.');
    const removed = await finishSquash(folder, values.finish);
    io.stdout.write(
      `Removed ${removed.map((name) => `${name}.ts`).join(', ')}; the manifest is made anew.\n`,
    );
    return 0;
  }
  if (from === undefined || to === undefined || others.length > 0)
    throw misuse('db:squash wants two names: the first and the last migration to put together.');
  await readInstallation(folder);
  const isOptimized = values.optimize === true;
  const squash = await withRecords(context.project, (orm) =>
    composeSquash(orm, { folder, from, to, name: values.name, isOptimized }),
  );
  await writeProven(squash, folder, context);
  io.stdout.write(
    `Wrote ${squash.name}.ts, which stands for ${countText(squash.replaces.length)} migrations and makes the same.\n` +
      `A release later, when every database has it: npm run db:squash -- --finish ${squash.name}\n`,
  );
  return 0;
}

/** A squash that is not proven is not left behind. */
async function writeProven(
  squash: ComposedSquash,
  folder: string,
  context: DatabaseCommandContext,
): Promise<void> {
  await writeFile(squash.path, squash.source, { flag: 'wx' });
  try {
    const settings = { ...context.project, databaseUrl: await context.databaseUrl() };
    const differences = await proveSquash(folder, squash.name, () => scratchDatabase(settings));
    if (differences.length > 0) {
      throw new MigratorFailure(
        'conflict',
        `Nothing was written: the squash does not make what its originals make: ${differences.join('; ')}.`,
      );
    }
    await writeManifest(folder);
  } catch (error) {
    await rm(squash.path);
    throw error;
  }
}

async function scratchDatabase(settings: OpenSettings) {
  const scratch = await openScratchDatabase(settings);
  if (typeof scratch !== 'string') return scratch;
  throw new MigratorFailure(
    'database-refused',
    `Nothing was written: a squash is proven on scratch databases, and ${scratch}.`,
  );
}
