/** `manage accounts` and `manage strategies`: the trading of everyone, for when HTTP cannot be reached. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '../../core/shared/problem.ts';
import { misuse } from '../../commands/command.ts';
import { defineCommand, value } from '../../commands/define-command.ts';
import { idFrom } from '../../commands/words.ts';
import { commandJournal } from '../../people/command-journal.ts';
import { STOP_MODES } from '../../core/domain/strategy-lifecycle.ts';
import { HoldStore } from './hold-store.ts';
import { ACCOUNT_ACTIONS } from './intervention.ts';
import { TradingAdmin } from './trading-admin.ts';
import { TradingAdminStore } from './trading-admin-store.ts';
import type { Output } from '../../commands/command.ts';
import type { Orm } from '../../persistence/orm.ts';
import type { AdministeredAccount, AdministeredStrategy } from './trading-admin-store.ts';

/** More than anyone reads; the newest. */
const PAGE = { limit: 1_000, before: undefined };
/** Servers that run follow the journal within a second; a kill takes a few. */
const FOLLOWED_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 250;
const NOT_FOLLOWED = 'No server has done it within 10 seconds: see manage accounts list and the journal.';
const HELD = `${NOT_FOLLOWED} It is stored: the first server that runs the account does it, before anything is traded.`;

const reason = value('TEXT', 'why; the owner reads it');
const search = value('TEXT', 'list those of people with this in their address or username');

export const accountsCommand = defineCommand({
  name: 'accounts',
  words: 'list | halt ID | kill ID | close ID | lift ID',
  about: `
Lists the accounts of everyone that are not closed, or acts on one through the server that runs it: halt (no new exposure), kill (halt,
cancel every order, close every position), close (an account that holds nothing). Exit code 1 when no server has done it within 10 seconds.
A halt and a kill are stored, and done later then. Its owner cannot resume the account until lift lets them.
`,
  options: { search, reason },
  needs: 'database',
  async run({ words: [word, accountId, ...more], values, io, openOrm }) {
    if (word === 'list' && accountId === undefined) {
      const accounts = await tradingAdmin(await openOrm()).accounts(values.search, PAGE);
      return print(io.stdout, accounts.map(accountLine), 'There is no account.');
    }
    const action = [...ACCOUNT_ACTIONS, 'lift' as const].find((known) => known === word);
    if (!action || accountId === undefined || more.length > 0 || values.search !== undefined)
      throw misuse('Say what to do, such as: manage accounts halt ID. manage accounts list shows the ids.');
    const admin = tradingAdmin(await openOrm());
    const id = idFrom(accountId);
    if (action === 'lift') {
      io.stdout.write(`${accountLine(await admin.liftAccount(id, {}))}\n`);
      return;
    }
    await admin.act(action, id, {}, values.reason);
    const isDone = async (): Promise<boolean> => {
      const account = await admin.find(id);
      if (!account) return action === 'close';
      // One that is halted already was not killed by that.
      return action !== 'close' && account.status === 'halted' && !account.killDue;
    };
    await followed(isDone, action === 'close' ? NOT_FOLLOWED : HELD);
    io.stdout.write(action === 'close' ? 'It is closed.\n' : `${accountLine(await admin.account(id))}\n`);
  },
});

export const strategiesCommand = defineCommand({
  name: 'strategies',
  words: 'list | stop ID | lift ID',
  about: `
Lists the strategies of everyone, or stops one through the server that runs it. Exit code 1 when no server has done it within 10 seconds.
It is stored, and done later then. Its owner cannot start the strategy until lift lets them.
`,
  options: {
    search,
    reason,
    mode: value('MODE', `what becomes of its positions: ${STOP_MODES.join(', ')}; keep when left out`),
  },
  needs: 'database',
  async run({ words: [word, strategyId, ...more], values, io, openOrm }) {
    if (word === 'list' && strategyId === undefined) {
      const strategies = await tradingAdmin(await openOrm()).strategies(values.search, PAGE);
      return print(io.stdout, strategies.map(strategyLine), 'There is no strategy.');
    }
    if (word === 'lift' && strategyId !== undefined && more.length === 0) {
      const lifted = await tradingAdmin(await openOrm()).liftStrategy(idFrom(strategyId), {});
      io.stdout.write(`${strategyLine(lifted)}\n`);
      return;
    }
    const { mode: wanted = 'keep' } = values;
    const mode = STOP_MODES.find((known) => known === wanted);
    if (word !== 'stop' || strategyId === undefined || more.length > 0 || values.search !== undefined)
      throw misuse(
        'Say what to do, such as: manage strategies stop ID. manage strategies list shows the ids.',
      );
    if (!mode) throw misuse(`--mode is one of ${STOP_MODES.join(', ')}.`);
    const admin = tradingAdmin(await openOrm());
    const id = idFrom(strategyId);
    await admin.stop(id, mode, {}, values.reason);
    const isDone = async (): Promise<boolean> => {
      const { status, stopDue } = await admin.strategy(id);
      return stopDue === null && !['starting', 'running', 'paused'].includes(status);
    };
    await followed(isDone, HELD);
    io.stdout.write(`${strategyLine(await admin.strategy(id))}\n`);
  },
});

function print(output: Output, lines: readonly string[], none: string): void {
  for (const line of lines.length === 0 ? [none] : lines) output.write(`${line}\n`);
}

async function followed(isDone: () => Promise<boolean>, otherwise: string): Promise<void> {
  const end = Date.now() + FOLLOWED_WITHIN_MS;
  while (!(await isDone())) {
    if (Date.now() >= end) throw new Problem('account-not-trading', otherwise);
    await sleep(LOOK_EVERY_MS);
  }
}

function accountLine({
  id,
  username,
  name,
  environment,
  currency,
  status,
  faultReason,
}: AdministeredAccount): string {
  const shown = faultReason === null ? status : `error (${faultReason})`;
  return `${id} ${username}: ${name}, ${environment}, ${currency}, ${shown}`;
}

function strategyLine({
  id,
  username,
  name,
  strategyType,
  instrument,
  status,
}: AdministeredStrategy): string {
  return `${id} ${username}: ${name}, ${strategyType} on ${instrument}, ${status}`;
}

function tradingAdmin(orm: Orm): TradingAdmin {
  return new TradingAdmin({
    store: new TradingAdminStore(orm),
    holds: new HoldStore(orm),
    journal: commandJournal(orm),
    // Servers that run look at the journal by themselves.
    committed: () => undefined,
  });
}
