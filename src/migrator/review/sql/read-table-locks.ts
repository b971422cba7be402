/** Reads statements of which only the lock on a table matters. Source of the locks: PostgreSQL manual, 13.3.1. */
import { LOCK_MODES } from '../trace/lock-modes.ts';
import { nodesOf, stringsOf, tableOf } from './tree.ts';
import type { CommentStmt, Node, RangeVar } from 'libpg-query';
import type { LockMode } from '../trace/lock-modes.ts';
import type { Action } from './action.ts';

export function readTableLocks(tree: Node): Action[] {
  if ('CreateTrigStmt' in tree) return [lock(tree.CreateTrigStmt.relation, 'ShareRowExclusiveLock')];
  if ('RuleStmt' in tree) return [lock(tree.RuleStmt.relation, 'AccessExclusiveLock')];
  if ('CreatePolicyStmt' in tree) return [lock(tree.CreatePolicyStmt.table, 'AccessExclusiveLock')];
  if ('AlterPolicyStmt' in tree) return [lock(tree.AlterPolicyStmt.table, 'AccessExclusiveLock')];
  if ('CreateStatsStmt' in tree)
    return nodesOf('RangeVar', tree.CreateStatsStmt.relations).map((each) =>
      lock(each, 'ShareUpdateExclusiveLock'),
    );
  if ('RefreshMatViewStmt' in tree) {
    const { relation, concurrent } = tree.RefreshMatViewStmt;
    return [
      lock(relation, concurrent === true ? 'ExclusiveLock' : 'AccessExclusiveLock', concurrent !== true),
    ];
  }
  if ('LockStmt' in tree) {
    const { relations, mode = LOCK_MODES.length } = tree.LockStmt;
    return nodesOf('RangeVar', relations).map((each) =>
      lock(each, LOCK_MODES[mode - 1] ?? 'AccessExclusiveLock'),
    );
  }
  if ('ClusterStmt' in tree) return [lock(tree.ClusterStmt.relation, 'AccessExclusiveLock', true)];
  if ('VacuumStmt' in tree) {
    const { rels, options } = tree.VacuumStmt;
    const isFull = nodesOf('DefElem', options).some(({ defname }) => defname === 'full');
    const mode = isFull ? 'AccessExclusiveLock' : 'ShareUpdateExclusiveLock';
    return nodesOf('VacuumRelation', rels).map(({ relation }) => lock(relation, mode, isFull));
  }
  return 'CommentStmt' in tree ? readComment(tree.CommentStmt) : [];
}

function readComment({ objtype, object }: CommentStmt): Action[] {
  const names = object !== undefined && 'List' in object ? stringsOf(object.List.items) : [];
  const table =
    objtype === 'OBJECT_TABLE' ? names.at(-1) : objtype === 'OBJECT_COLUMN' ? names.at(-2) : undefined;
  return table === undefined ? [] : [{ does: 'lock-table', table, mode: 'ShareUpdateExclusiveLock' }];
}

function lock(relation: RangeVar | undefined, mode: LockMode, rewrites = false): Action {
  return { does: 'lock-table', table: tableOf(relation), mode, ...(rewrites && { rewrites }) };
}
