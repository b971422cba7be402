/** `db squash`: one migration in the place of several. */
import { rm, writeFile } from 'node:fs/promises';
import { createScratchDatabase } from '../inspect/drift/scratch-database.ts';
import { readInstallation } from '../run/state/installation.ts';
import { listMigrationFiles } from '../run/state/load-migrations.ts';
import { writeManifest } from '../run/state/manifest.ts';
import { composeSquash } from '../author/squash/compose-squash.ts';
import { finishSquash } from '../author/squash/finish-squash.ts';
import { proveSquash } from '../author/squash/prove-squash.ts';
import { MigratorFailure } from '../failure.ts';
import { modeValue, value } from './command-option.ts';
import { declareCommand } from './declare-command.ts';
import { misuse } from './io.ts';
import { findMigration } from './migration-names.ts';
import { countText } from './text.ts';
import type { ComposedSquash } from '../author/squash/compose-squash.ts';
import type { DatabaseCommandContext } from './database-command.ts';

export const squashCommand = declareCommand({
  name: 'squash',
  django: 'squashmigrations',
  words: '[APP] FROM TO',
  about: `Writes one migration that stands for all from FROM to TO. A new database runs it in their place; one that has them all
    records it in their place, and nothing runs; one that has some of them runs the rest first. Both are built on scratch
    databases and compared, there and back; when they differ, the file is removed again. The originals stay for a release.`,
  options: {
    name: value('NAME', 'its name in snake case; squash_ and the words of TO when left out'),
    finish: modeValue(
      'NAME',
      'removes the originals of that squash, a release later: every database must have the squash, or all of them',
    ),
  },
  async run({ values, words, context, say }) {
    const { folder } = context.project;
    const { name, finish } = values;
    if (finish !== undefined) {
      if (words.length > 0 || name !== undefined)
        throw misuse('--finish needs the name of a squash and nothing else.');
      const removed = await finishSquash(folder, finish);
      return say(`Removed ${removed.map((each) => `${each}.ts`).join(', ')}; the manifest is made again.\n`);
    }
    const [from, to, ...others] = words.length === 3 ? words.slice(1) : words;
    if (from === undefined || to === undefined || others.length > 0)
      throw misuse('db squash needs two names: the first and the last migration to put together.');
    await readInstallation(folder);
    const known = (await listMigrationFiles(folder)).map((file) => file.name);
    const squash = await composeSquash({
      folder,
      from: findMigration(known, from),
      to: findMigration(known, to),
      name,
    });
    await writeProven(squash, context);
    say(
      `Wrote ${squash.name}.ts, which stands for ${countText(squash.replaces.length)} migrations and makes the same.\n` +
        `A release later, when every database has it: npm run db -- squash --finish ${squash.name}\n`,
    );
  },
});

/** A squash that is not proven is not left behind. */
async function writeProven(squash: ComposedSquash, context: DatabaseCommandContext): Promise<void> {
  const { folder } = context.project;
  await writeFile(squash.path, squash.source, { flag: 'wx' });
  try {
    const databaseUrl = await context.databaseUrl();
    const differences = await proveSquash(folder, squash.name, () => createScratchDatabase(databaseUrl));
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
