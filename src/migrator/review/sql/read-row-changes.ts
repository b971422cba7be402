/** Finds changes of rows wherever they stand, as in `with moved as (delete from …) insert into …`. */
import { columnsOf, nodesOf, tableOf } from './tree.ts';
import type { Node, RangeVar, UpdateStmt } from 'libpg-query';
import type { Action, RowChange } from './action.ts';

export function readRowChanges(tree: Node): Action[] {
  return [
    ...nodesOf('UpdateStmt', tree).map((update) => change('update', update.relation, isOfAll(update))),
    ...nodesOf('DeleteStmt', tree).map(({ relation, whereClause }) =>
      change('delete', relation, whereClause === undefined),
    ),
    ...nodesOf('InsertStmt', tree).map(({ relation }) => change('insert', relation)),
    ...nodesOf('MergeStmt', tree).map(({ relation }) => change('merge', relation)),
    ...nodesOf('TruncateStmt', tree).flatMap(({ relations }) =>
      nodesOf('RangeVar', relations).map((relation) => change('truncate', relation, true)),
    ),
    ...nodesOf('CopyStmt', tree).flatMap(({ relation, is_from: isInto }) =>
      isInto === true ? [change('copy', relation)] : [],
    ),
  ];
}

function change(how: RowChange, relation: RangeVar | undefined, isOfAllRows = false): Action {
  return { does: 'change-rows', table: tableOf(relation), how, isOfAll: isOfAllRows };
}

/** A condition that only asks for null, or whether the new value is there already, chooses no rows: it makes a second run find none. */
function isOfAll({ whereClause, targetList, fromClause }: UpdateStmt): boolean {
  if (fromClause !== undefined) return false;
  const written = new Set(nodesOf('ResTarget', targetList).map(({ name = '' }) => name));
  return whereClause === undefined || isNoChoice(whereClause, written);
}

function isNoChoice(condition: Node, written: ReadonlySet<string>): boolean {
  if ('NullTest' in condition) return true;
  if ('BoolExpr' in condition)
    return (condition.BoolExpr.args ?? []).every((part) => isNoChoice(part, written));
  if (!('A_Expr' in condition)) return false;
  const { kind, name } = condition.A_Expr;
  const isDifference = kind === 'AEXPR_DISTINCT' || nodesOf('String', name).some(({ sval }) => sval === '<>');
  return isDifference && columnsOf(condition).some((column) => written.has(column));
}
