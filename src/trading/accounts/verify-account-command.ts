/** `manage rebuild-account --check`: projects accounts' logs again and compares the result with the tables. */

import { parseArgs } from 'node:util';
import { openOrm } from '../../persistence/orm.ts';
import { AccountStore } from './account-store.ts';
import { OrderStore } from '../orders/order-store.ts';
import { PositionStore } from '../positions/position-store.ts';
import { ProjectionStore } from '../projection-store.ts';
import { TradeStore } from '../trades/trade-store.ts';
import { checkAccount } from './verify-account.ts';
import { AppError } from '../../core/shared/app-error.ts';
import { misuse, runCommand } from '../../commands/command.ts';
import { quietLog } from '../../commands/quiet-log.ts';
import { countText } from '../../commands/text.ts';
import type { CommandContext, CommandIo, Output } from '../../commands/command.ts';
import type { Orm } from '../../persistence/orm.ts';

const USAGE = `Usage: manage rebuild-account --check [ACCOUNT…]

Projects the broker's log of each account again and compares orders, positions, trades and balance with the tables,
row by row and column by column. Changes nothing. All accounts are compared when none is named.
`;

const OPTIONS = { check: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;

/** More differences than this would say nothing more. */
const MOST_SHOWN = 50;

/** Runs the command and returns its exit code: 0 only when nothing differs. */
export function runRebuildAccount(
  argv: readonly string[],
  io: CommandIo,
  context: CommandContext,
): Promise<number> {
  return runCommand(io, async () => {
    const { values, positionals } = parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
    if (values.help === true) return void io.stdout.write(USAGE);
    if (values.check !== true) throw misuse('rebuild-account compares only: run it with --check.');
    const orm = openOrm({ databaseUrl: context.databaseUrl, poolSize: 2, log: quietLog });
    try {
      const differences = await compareAll(orm, positionals, io.stdout);
      if (differences === 0) return;
      throw new AppError(
        'conflict',
        `${countText(differences)} differences: the tables are not what the log says.`,
      );
    } finally {
      await orm.close(true);
    }
  });
}

async function compareAll(orm: Orm, named: readonly string[], output: Output): Promise<number> {
  const stores = {
    accounts: new AccountStore(orm),
    orders: new OrderStore(orm),
    positions: new PositionStore(orm),
    trades: new TradeStore(orm),
    projections: new ProjectionStore(orm),
  };
  const accountIds = named.length > 0 ? named : (await stores.accounts.listActive()).map(({ id }) => id);
  if (accountIds.length === 0) output.write('There are no accounts.\n');
  let total = 0;
  for (const accountId of accountIds) {
    const { transactions, orders, positions, trades, differences } = await checkAccount(stores, accountId);
    const counts = { transactions, orders, positions, trades };
    const counted = Object.entries(counts).map(([what, count]) => `${countText(count)} ${what}`);
    const verdict =
      differences.length === 0 ? 'no difference' : `${countText(differences.length)} differences`;
    output.write(`${accountId}: ${counted.join(', ')}: ${verdict}\n`);
    for (const difference of differences.slice(0, MOST_SHOWN)) output.write(`  ${difference}\n`);
    total += differences.length;
  }
  return total;
}
