/** `manage rebuild-account --check`: projects accounts' logs again and compares the result with the tables. */

import { AccountStore } from './account-store.ts';
import { OrderStore } from '../orders/order-store.ts';
import { PositionStore } from '../positions/position-store.ts';
import { ProjectionStore } from '../projection-store.ts';
import { TradeStore } from '../trades/trade-store.ts';
import { checkAccount } from './verify-account.ts';
import { misuse } from '../../commands/command.ts';
import { defineCommand, flag } from '../../commands/define-command.ts';
import { numberOf } from '../../commands/text.ts';
import type { Output } from '../../commands/command.ts';
import type { Orm } from '../../persistence/orm.ts';

/** More differences than this would not help. */
const MOST_SHOWN = 50;

export const rebuildAccountCommand = defineCommand({
  name: 'rebuild-account',
  words: '--check [ACCOUNT…]',
  about: `
Projects the broker's log of each account again and compares orders, positions, trades and balance with the tables,
row by row and column by column. Changes nothing. When none is named, all are compared that are not closed.
`,
  options: { check: flag('compare, and change nothing; the only thing that it does') },
  needs: 'database',
  async run({ values, words, io, openOrm }) {
    if (values.check !== true) throw misuse('rebuild-account compares only: run it with --check.');
    // An id may be written in capitals; it is looked for as it is stored.
    const named = words.map((word) => word.toLowerCase());
    const differences = await compareAll(await openOrm(), named, io.stdout);
    if (differences === 0) return 0;
    io.stderr.write(`${numberOf(differences, 'difference')}: the tables are not what the log says.\n`);
    return 1;
  },
});

async function compareAll(orm: Orm, named: readonly string[], output: Output): Promise<number> {
  const stores = {
    accounts: new AccountStore(orm),
    orders: new OrderStore(orm),
    positions: new PositionStore(orm),
    trades: new TradeStore(orm),
    projections: new ProjectionStore(orm),
  };
  await refuseUnknown(stores.accounts, named);
  const accountIds = named.length > 0 ? named : (await stores.accounts.listActive()).map(({ id }) => id);
  if (accountIds.length === 0) output.write('There are no accounts.\n');
  let total = 0;
  for (const accountId of accountIds) {
    const { transactions, orders, positions, trades, differences } = await checkAccount(stores, accountId);
    const counted = [
      numberOf(transactions, 'transaction'),
      numberOf(orders, 'order'),
      numberOf(positions, 'position'),
      numberOf(trades, 'trade'),
    ];
    output.write(`${accountId}: ${counted.join(', ')}: ${numberOf(differences.length, 'difference')}\n`);
    for (const difference of differences.slice(0, MOST_SHOWN)) output.write(`  ${difference}\n`);
    total += differences.length;
  }
  return total;
}

/** An account that is not there would look like one that has lost its log. */
async function refuseUnknown(accounts: AccountStore, named: readonly string[]): Promise<void> {
  for (const id of named) {
    const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
    if (!isId || !(await accounts.find(id))) {
      throw misuse(
        `There is no account ${id}; rebuild-account --check without a name compares all, and lists them.`,
      );
    }
  }
}
