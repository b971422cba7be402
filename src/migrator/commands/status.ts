/** `db status`: every migration that the database or this version knows, and what else concerns them. Writes nothing. */
import { readStatus } from '../inspect/doctor/status.ts';
import { flag, mode } from './command-option.ts';
import { declareCommand } from './declare-command.ts';
import { ignoreApp } from './migration-names.ts';
import { askPending } from './status-check.ts';
import { migrationsText, statusText } from './status-text.ts';

export const statusCommand = declareCommand({
  name: 'status',
  summary: 'every migration and how it stands',
  django: 'showmigrations',
  words: '[APP]',
  about: `Shows every migration: applied (when, by whom, how long, by which version), pending, faked and why, squashed, waiting,
    unknown to this version, edited, without a file, late. Then what waiting contracts wait for, backfills, indexes that were
    left half-built, and who holds the migration lock. Writes nothing; a user that may only read is enough.`,
  exits:
    '0; with --check 0 when a start would apply nothing, 1 when it would apply something, 2 when that cannot be told',
  options: {
    check: mode('tell only what a start would apply. Contracts that wait are told and not counted'),
    contract: flag('count contracts that wait', 'check'),
    plan: mode('the migrations only, in the order in which they run'),
    json: flag('for machines'),
  },
  async run(run) {
    const { mode: chosen, values, context, io } = run;
    ignoreApp(run.words, io);
    if (chosen === 'check') return askPending(run, { countsContracts: values.contract === true });
    const status = await readStatus({ ...context.project, databaseUrl: await context.databaseUrl() });
    const text = chosen === 'plan' ? migrationsText(status) : statusText(status);
    run.report({ version: context.project.version, ...status }, text);
    return 0;
  },
});
