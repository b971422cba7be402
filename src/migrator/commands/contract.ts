/** `db migrate --contract`: runs the contracts that nothing stands in the way of, and names what stands in the way of the others. */
import { MigratorFailure } from '../failure.ts';
import { misuse } from './io.ts';
import { confirm } from './confirm.ts';
import { judgeContracts, waitForContracts } from './contract-judgement.ts';
import { joinSteps } from './migration-names.ts';
import { backUpFirst, tellEach } from './migrate-run.ts';
import { withMigrator } from './operator-migrator.ts';
import type { ContractJudgement } from './contract-judgement.ts';
import type { CommandRun } from './declare-command.ts';
import type { BackupMode } from './migrate-run.ts';

interface ContractWords {
  readonly backupMode: BackupMode;
  readonly 'dry-run'?: true;
  readonly wait?: string;
}

/** Prints what waits, or of that what is named, and runs what may run. */
export async function runContracts(run: CommandRun, words: ContractWords): Promise<void> {
  const waitMs = parseWait(words.wait);
  await withMigrator(run, async (opened) => {
    const { migrator, signal, orm, databaseUrl } = opened;
    const look = () => judgeContracts(migrator, (sql) => orm.driver.execute(sql), run.words);
    const judgements = await waitForContracts(look, { waitMs, signal, io: run.io });
    run.say(textOf(judgements));
    const free = judgements.filter(({ obstacles }) => obstacles.length === 0);
    if (words['dry-run'] !== true && free.length > 0) {
      const names = free.map(({ name }) => name);
      const what = `What ${joinSteps(names).join(', ')} takes away cannot be had back.`;
      await confirm(run, { what, databaseUrl });
      await backUpFirst(run, opened, words.backupMode);
      tellEach(migrator, run, 'applied');
      // One at a time: each is judged again under the lock.
      for (const name of names) await migrator.up({ migrations: [name] });
    }
    refuse(judgements.filter((each) => !free.includes(each)));
  });
}

function parseWait(text: string | undefined): number {
  if (text === undefined) return 0;
  if (/^\d{1,6}$/.test(text)) return Number(text) * 1_000;
  throw misuse(`--wait wants whole seconds; it was "${text}".`);
}

function textOf(judgements: readonly ContractJudgement[]): string {
  if (judgements.length === 0) return 'No contract waits.\n';
  const free = judgements.filter(({ obstacles }) => obstacles.length === 0).map(({ name }) => name);
  const blocked = judgements.filter(({ obstacles }) => obstacles.length > 0);
  return [
    ...joinSteps(free).map((names) => `${names}: may run\n`),
    ...blocked.flatMap(({ name, obstacles }) => [
      `${name}: has to wait\n`,
      ...obstacles.map((obstacle) => `  ${obstacle}\n`),
    ]),
  ].join('');
}

/** Thrown after what may run has run, so that a script sees that something is left. */
function refuse(blocked: readonly ContractJudgement[]): void {
  if (blocked.length === 0) return;
  const sentences = blocked.map(({ name, obstacles }) => `${name} has to wait: ${obstacles.join('; ')}.`);
  throw new MigratorFailure('contract-refused', sentences.join(' '), { contracts: blocked });
}
