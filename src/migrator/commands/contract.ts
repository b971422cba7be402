/** `manage db:contract`: runs the contracts that nothing stands in the way of, and names what stands in the way of the others. */
import { parseArgs } from 'node:util';
import { MigratorFailure } from '../failure.ts';
import { misuse } from './io.ts';
import { confirm } from './confirm.ts';
import { judgeContracts, waitForContracts } from './contract-judgement.ts';
import { backUpFirst } from './migrate-backup.ts';
import { tellEach } from './migrate-progress.ts';
import { withMigrator } from './operator-migrator.ts';
import type { CommandIo } from './io.ts';
import type { ContractJudgement } from './contract-judgement.ts';
import type { DatabaseCommand, DatabaseCommandContext } from './database-command.ts';

const USAGE = `Usage: manage db:contract [NAME…] [--dry-run] [--wait SECONDS] [--yes]

A contract takes away what only older versions of the server use: a column, a table, a rule. It is not run at start but here,
when its backfills are done and no copy of an older version has been seen for two minutes. Lists the contracts that wait (or
those named) with what stands in their way, and runs those that may run.

  --dry-run       list, and run nothing
  --wait SECONDS  wait so long for what stands in the way to go
  --yes           do not ask

Exit code: 0 when none waits or all have run (with --dry-run: may run), 19 when something stands in the way.
`;

const OPTIONS = {
  'dry-run': { type: 'boolean' },
  wait: { type: 'string' },
  yes: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const contractCommand: DatabaseCommand = {
  summary: 'run the contracts that nothing stands in the way of',
  run: runContract,
};

async function runContract(
  argv: readonly string[],
  io: CommandIo,
  context: DatabaseCommandContext,
): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  if (values.help === true) {
    io.stdout.write(USAGE);
    return 0;
  }
  const waitMs = parseWait(values.wait);
  const databaseUrl = await context.databaseUrl();
  await withMigrator({ io, context, databaseUrl }, async (opened) => {
    const { migrator, signal } = opened;
    const look = () => judgeContracts(migrator, (sql) => opened.orm.driver.execute(sql), positionals);
    const judgements = await waitForContracts(look, { waitMs, signal, io });
    io.stdout.write(textOf(judgements));
    const free = judgements.filter(({ obstacles }) => obstacles.length === 0);
    if (values['dry-run'] !== true && free.length > 0) {
      const names = free.map(({ name }) => name);
      const what = `What ${names.join(', ')} takes away cannot be had back.`;
      await confirm(io, { what, databaseUrl, isAgreed: values.yes === true, context });
      await backUpFirst({ io, context, databaseUrl, backupMode: context.backup.mode, opened });
      tellEach(migrator, io, 'applied');
      // One at a time: each is judged again under the lock.
      for (const name of names) await migrator.up({ migrations: [name] });
    }
    refuse(judgements.filter((each) => !free.includes(each)));
  });
  return 0;
}

function parseWait(text: string | undefined): number {
  if (text === undefined) return 0;
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1_000;
  throw misuse(`--wait wants whole seconds; it was "${text}".`);
}

function textOf(judgements: readonly ContractJudgement[]): string {
  if (judgements.length === 0) return 'No contract waits.\n';
  return judgements
    .map(({ name, obstacles }) => {
      const lines = obstacles.map((obstacle) => `  ${obstacle}\n`);
      return `${name}: ${obstacles.length === 0 ? 'may run' : 'has to wait'}\n${lines.join('')}`;
    })
    .join('');
}

/** Thrown after what may run has run, so that a script sees that something is left. */
function refuse(blocked: readonly ContractJudgement[]): void {
  if (blocked.length === 0) return;
  const sentences = blocked.map(({ name, obstacles }) => `${name} has to wait: ${obstacles.join('; ')}.`);
  throw new MigratorFailure('contract-refused', sentences.join(' '), { contracts: blocked });
}
