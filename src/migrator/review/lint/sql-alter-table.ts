/** Reads `alter table`, which may do several things divided by commas. */
import { readColumn, readConstraint } from './sql-create-table.ts';
import type { Action } from './sql-action.ts';
import type { TokenReader } from './token-reader.ts';

/** Reads what follows `alter table`. */
export function readAlterTable(reader: TokenReader): Action[] {
  reader.take('if', 'exists');
  reader.take('only');
  const table = reader.name();
  return [{ does: 'alter-table', table }, ...reader.rest().flatMap((part) => readPart(table, part))];
}

function readPart(table: string, part: TokenReader): Action[] {
  if (part.take('rename', 'to')) return [{ does: 'rename-table', table, to: part.name() }];
  if (part.take('rename')) return readRename(table, part);
  if (part.take('drop')) return readDrop(table, part);
  if (part.take('add')) return readAdd(table, part);
  if (part.take('attach', 'partition')) return [{ does: 'add-partitions', table }];
  return [];
}

function readRename(table: string, part: TokenReader): Action[] {
  if (part.take('constraint')) return [];
  part.take('column');
  const column = part.name();
  return part.take('to') ? [{ does: 'rename-column', table, column, to: part.name() }] : [];
}

function readDrop(table: string, part: TokenReader): Action[] {
  if (part.take('constraint')) return [];
  part.take('column');
  part.take('if', 'exists');
  return [{ does: 'drop-column', table, column: part.name() }];
}

function readAdd(table: string, part: TokenReader): Action[] {
  const constraint = readConstraint(table, part);
  if (constraint !== undefined) return constraint;
  part.take('column');
  part.take('if', 'not', 'exists');
  const { column, actions } = readColumn(table, part);
  return [{ does: 'add-column', table, column }, ...actions];
}
