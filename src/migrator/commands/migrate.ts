/** `db migrate`: brings the database forward to this version, or to one migration, and all that changes what it has on record. */
import { askPending } from './status.ts';
import { flag, mode, value } from './command-option.ts';
import { runContracts } from './contract.ts';
import { declareCommand } from './declare-command.ts';
import { migrateTo } from './migrate-to.ts';
import { showPlan, tryMigrations } from './plan.ts';
import { fakeInitial } from './record-fake-initial.ts';
import { fakeMigrations, unfakeMigration } from './record-fake.ts';
import { pruneRecords } from './record-prune.ts';

export const migrateCommand = declareCommand({
  name: 'migrate',
  django: 'migrate',
  words: '[APP] [NAME | zero]',
  about: `Without a name, applies what a start would apply, and says which contracts wait. With a name, goes forward to that
    migration when it is pending, and back to it when it is applied, which reverts all that was applied after it; zero reverts
    everything. The plan is printed first. Going back deletes: it prints what and how many rows, and asks for the database's
    name. A name is whole, its number or the beginning of it, the words behind it, or its place in the order: 0002.

    A contract removes what only older versions of the server use: a column, a table, a rule. It is not run at start but by
    --contract, when its backfills are done and no copy of an older version has been seen for two minutes.`,
  exits:
    '0 done; 1 with --check when something is pending, 2 when that is unknown; 19 when something prevents a contract',
  options: {
    plan: mode('list the SQL that would run, in order, and run nothing'),
    try: mode(
      'run it on a scratch database with the same tables and no rows, or on the copy named with --copy, and report the time, the ' +
        'locks and the rewrites of each statement. Never in production',
    ),
    copy: value('URL', 'a copy of the database, which is changed', 'try'),
    check: mode('whether anything is pending: exit code 0 no, 1 yes, 2 unknown'),
    contract: mode('run the contracts that nothing prevents, all or those named, and list the others'),
    fake: mode('record migrations as applied without running them: what they do was done otherwise'),
    unfake: mode(
      'forget that a migration was applied, without reverting what it did; the next start applies it again',
    ),
    'fake-initial': mode(
      'for a database whose tables are there and whose record is missing: compare it with what the migrations make, one after ' +
        'another, in a scratch database, and record those that it has; with NAME not beyond that one',
    ),
    prune: mode(
      'delete the records of the originals of squashes that have no file any more; by name also one that another version has made',
    ),
    through: flag('that migration and all before it that are pending', 'fake'),
    reason: value('TEXT', 'why; it is kept, and shown by db status', 'fake', 'unfake'),
    'dry-run': flag('print it, and change nothing', 'contract', 'fake-initial'),
    json: flag('for machines', 'plan', 'try'),
    yes: flag('do not ask before something is removed'),
  },
  async run(run) {
    const { values } = run;
    switch (run.mode) {
      case 'plan':
        return showPlan(run);
      case 'try':
        return tryMigrations(run, values.copy);
      case 'check':
        return askPending(run);
      case 'contract':
        return runContracts(run, values);
      case 'fake':
        return fakeMigrations(run, values);
      case 'unfake':
        return unfakeMigration(run, values);
      case 'fake-initial':
        return fakeInitial(run, values);
      case 'prune':
        return pruneRecords(run);
      case undefined:
        return migrateTo(run);
    }
  },
});
