/** Reads `alter table`, which may do several things divided by commas. */
import { readColumn, readConstraint } from './read-definitions.ts';
import { columnsOf, tableOf, typeOf, typeText } from './tree.ts';
import type { AlterTableCmd, AlterTableStmt, ColumnDef, RenameStmt } from 'libpg-query';
import type { Action } from './action.ts';

export function readAlterTable({ relation, cmds = [] }: AlterTableStmt): Action[] {
  const table = tableOf(relation);
  return cmds.flatMap((node) => ('AlterTableCmd' in node ? readCommand(table, node.AlterTableCmd) : []));
}

function readCommand(table: string, { subtype, name = '', def }: AlterTableCmd): Action[] {
  if (subtype === undefined) return [];
  // There are some seventy kinds; what is not distinguished here keeps its name.
  const kind: string = subtype;
  switch (kind) {
    case 'AT_AddColumn':
      return def !== undefined && 'ColumnDef' in def ? readAddedColumn(table, def.ColumnDef) : [];
    case 'AT_DropColumn':
      return [{ does: 'drop-column', table, column: name }];
    case 'AT_AlterColumnType':
      return def !== undefined && 'ColumnDef' in def ? [readRetyped(table, name, def.ColumnDef)] : [];
    case 'AT_SetNotNull':
      return [{ does: 'set-not-null', table, column: name }];
    case 'AT_AddConstraint':
      return def !== undefined && 'Constraint' in def
        ? readConstraint(def.Constraint, { table, isAlone: true })
        : [];
    case 'AT_ValidateConstraint':
      return [{ does: 'validate-constraint', table, constraint: name }];
    case 'AT_DropConstraint':
      return [{ does: 'drop-constraint', table, constraint: name }];
    default:
      return [{ does: 'alter-table', table, what: subtype, ...(name !== '' && { column: name }) }];
  }
}

function readAddedColumn(table: string, definition: ColumnDef): Action[] {
  const { facts, constraints } = readColumn(table, definition);
  return [{ does: 'add-column', table, column: facts }, ...constraints];
}

function readRetyped(table: string, column: string, definition: ColumnDef): Action {
  const type = typeOf(definition.typeName);
  return { does: 'change-type', table, column, type, using: usingOf(definition, column) };
}

function usingOf(
  { raw_default: expression, typeName }: ColumnDef,
  column: string,
): 'nothing' | 'cast' | 'expression' {
  if (expression === undefined) return 'nothing';
  if (!('TypeCast' in expression)) return 'expression';
  const { arg, typeName: target } = expression.TypeCast;
  const isColumn = arg !== undefined && 'ColumnRef' in arg && columnsOf(arg).join('') === column;
  return isColumn && typeText(typeOf(target)) === typeText(typeOf(typeName)) ? 'cast' : 'expression';
}

export function readRename({ renameType, relation, subname = '', newname = '' }: RenameStmt): Action[] {
  const table = tableOf(relation);
  switch (String(renameType)) {
    case 'OBJECT_TABLE':
      return [{ does: 'rename-table', table, to: newname }];
    case 'OBJECT_COLUMN':
      return [{ does: 'rename-column', table, column: subname, to: newname }];
    case 'OBJECT_TABCONSTRAINT':
    case 'OBJECT_TRIGGER':
      return [{ does: 'alter-table', table, what: 'rename' }];
    default:
      return [];
  }
}
