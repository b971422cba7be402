/** Brings an account up to date with its broker's log and connects it: the same path after a crash as at any start. */

import { enforceHold } from './account-hold.ts';
import { reconcile } from './reconcile.ts';
import type { Transaction } from '../core/domain/transaction.ts';
import type { AccountState } from './recording/state-statement.ts';
import type { LiveAccountParts } from './live-account-parts.ts';

/** Rebuilds the account from its log, takes over what was saved, finds out what became of its orders, and connects it. */
export async function recoverAccount(
  parts: LiveAccountParts,
  log: readonly Transaction[],
  state: AccountState | undefined,
): Promise<void> {
  const {
    account,
    dependencies,
    broker,
    engine,
    recorder,
    loop,
    status,
    strategies,
    memory,
    reconciliation,
    kill,
  } = parts;
  // Before anything is recorded, because rows are read with it.
  await dependencies.accountInstruments.learn(account.id, broker.instruments);
  engine.absorb(log);
  memory.restore(state, broker.marketTime());
  const leftToDo = engine.effectsOfRestart(log);
  const { effects, unknown } = await reconcile({
    accountId: account.id,
    engine,
    broker,
    recorder,
    orders: dependencies.orders,
  });
  await loop.perform([...leftToDo, ...effects]);
  // Nothing trades before the account is what the broker says.
  await reconciliation.reconcile();
  // The server may have died before it was saved what is to be closed: a kill asks for what is left.
  if (kill.isUnderWay) await loop.ask({ type: 'kill' }).outcome;
  // Halted by a person, or by us after a fault: no rule ends that. What a rule halted, the engine knows itself.
  const isKnown = status.isHaltedByRule ? engine.isHalted : engine.isHaltedByPerson;
  if (status.isHalted && !isKnown) await loop.ask({ type: 'halt' }).outcome;
  if (account.hold) await enforceHold(parts, account.hold);
  await strategies.restore();
  await strategies.stopWhatIsDue();
  await loop.findOut(unknown);
  await loop.connect();
  if (!status.isHalted) await dependencies.accounts.setStatus(account.id, 'trading');
}
