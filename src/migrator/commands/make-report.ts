/** What `db make` says when it has written something. */
import { isFailing, lintMigrations } from '../review/lint/lint-migrations.ts';
import { readBaseManifest } from '../review/lint/base-manifest.ts';
import { findingsText } from './lint-text.ts';
import { alignedLines } from './text.ts';
import type { WrittenMigration } from '../author/make/write-migrations.ts';
import type { CommandRun } from './declare-command.ts';

const CONTRACT = [
  'npm run db -- migrate --contract',
  'applies the contract, once nothing uses what it removes',
];

/** Prints what was written, what is risky in it, and what comes next. */
export async function reportMade(
  made: readonly WrittenMigration[],
  { say, context }: CommandRun,
  { isBlank }: { readonly isBlank: boolean },
): Promise<void> {
  const { folder } = context.project;
  const many = made.length > 1;
  const them = many ? 'them' : 'it';
  say(`Wrote ${many ? `${made.length} migrations` : 'a migration'}:\n`);
  say(
    alignedLines(
      made.flatMap(({ steps }) => steps).map(({ name, phase, note }) => [name, phase, note]),
      '  ',
    ),
  );
  const steps = made.flatMap((file) => file.steps);
  const contracts = steps.filter(({ phase }) => phase === 'contract');
  const others = contracts.length === 0 ? them : 'all but what is a contract';
  const next = [
    ...(contracts.length === steps.length ? [] : [['npm run db -- migrate', `applies ${others}`]]),
    ...(contracts.length === 0 ? [] : [CONTRACT]),
  ];
  if (isBlank) {
    const check = ['npm run db -- check', 'signs it as it is then, and says what is risky in it'];
    return say(`\nWrite in it what it does. Then:\n${alignedLines([check, ...next], '  ')}`);
  }
  const names = made.map(({ name }) => name);
  const findings = await lintMigrations({ folder, names, baseManifest: await readBaseManifest(folder) });
  if (findings.length > 0) say(`\n${findingsText({ names, findings })}`);
  say(`\n${isFailing(findings) ? 'Fix what is reported above, and read' : 'Read'} ${them}. `);
  say(`After an edit, "npm run db -- check" signs ${them} again. Then:\n`);
  say(alignedLines(next, '  '));
}
