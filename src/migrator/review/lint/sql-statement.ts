/** Reads statements for the rules. Of what it does not understand it says nothing. */
import { readAlterTable } from './sql-alter-table.ts';
import { readCreateTable } from './sql-create-table.ts';
import { TokenReader } from './token-reader.ts';
import { readTokens, splitStatements } from './sql-tokens.ts';
import type { Action, RowChange, Statement } from './sql-action.ts';
import type { Token } from './sql-tokens.ts';

/** Reads all statements of some SQL. */
export function readStatements(sql: readonly string[]): Statement[] {
  return sql.flatMap(splitStatements).map(readStatement);
}

const SCHEMA_WORDS = new Set(['create', 'alter', 'drop', 'comment', 'reindex', 'grant', 'revoke']);
const ROW_CHANGES: readonly RowChange[] = ['insert', 'update', 'delete', 'truncate', 'merge', 'copy'];

function readStatement(text: string): Statement {
  const tokens = readTokens(text);
  const schemaActions = readSchemaActions(tokens);
  const rowActions = schemaActions === undefined ? readRowChanges(tokens) : [];
  return {
    text,
    kind: schemaActions !== undefined ? 'schema' : rowActions.length > 0 ? 'data' : 'other',
    actions: schemaActions ?? rowActions,
    cascades: cascades(tokens),
    isConcurrent: tokens.some(({ kind, text: word }) => kind === 'word' && word === 'concurrently'),
    strings: tokens.filter(({ kind }) => kind === 'string').map(({ text: string }) => string),
  };
}

/** Undefined for a statement that is none of the schema. */
function readSchemaActions(tokens: readonly Token[]): Action[] | undefined {
  const [first] = tokens;
  if (first?.kind !== 'word' || !SCHEMA_WORDS.has(first.text)) return undefined;
  const reader = new TokenReader(tokens);
  if (reader.take('alter', 'type')) return readAlterType(reader);
  if (reader.take('alter', 'table')) return readAlterTable(reader);
  if (reader.take('drop', 'table')) return readDropTable(reader);
  if (reader.take('create')) return readCreate(reader);
  return [];
}

function readCreate(reader: TokenReader): Action[] {
  while (reader.takeOne(['temporary', 'temp', 'unlogged', 'unique', 'global', 'local']));
  if (reader.take('table')) return readCreateTable(reader);
  if (reader.take('index')) return readCreateIndex(reader);
  return [];
}

function readCreateIndex(reader: TokenReader): Action[] {
  reader.skipTo('on');
  reader.take('only');
  const table = reader.name();
  if (reader.take('using')) reader.name();
  const columns = reader.columnList();
  const isPartial = reader.skipTo('where');
  return isPartial ? [{ does: 'alter-table', table }] : [{ does: 'add-index', table, columns }];
}

function readDropTable(reader: TokenReader): Action[] {
  reader.take('if', 'exists');
  const actions: Action[] = [];
  do actions.push({ does: 'drop-table', table: reader.name() });
  while (reader.takeSign(','));
  return actions;
}

function readAlterType(reader: TokenReader): Action[] {
  reader.name();
  if (!reader.take('add', 'value')) return [];
  reader.take('if', 'not', 'exists');
  const value = reader.string();
  return value === undefined ? [] : [{ does: 'add-enum-value', value }];
}

/** Finds changes of rows wherever they stand, as in `with moved as (delete from …) insert into …`. */
function readRowChanges(tokens: readonly Token[]): Action[] {
  return tokens.flatMap((token, index) => {
    const how = ROW_CHANGES.find((word) => token.kind === 'word' && token.text === word);
    const before = tokens[index - 1];
    const isClause = before?.kind === 'word' && ['on', 'for', 'then', 'do', 'key'].includes(before.text);
    if (how === undefined || isClause) return [];
    const reader = new TokenReader(tokens.slice(index + 1));
    reader.takeOne(['into', 'from', 'table']);
    reader.take('only');
    const table = reader.name();
    return table === '' ? [] : [{ does: 'change-rows', table, how, hasWhere: reader.skipTo('where') }];
  });
}

/** `on delete cascade` of a foreign key is something else: it says what happens to rows. */
function cascades(tokens: readonly Token[]): boolean {
  return tokens.some(({ kind, text }, index) => {
    const before = tokens[index - 1]?.text;
    return kind === 'word' && text === 'cascade' && before !== 'delete' && before !== 'update';
  });
}
