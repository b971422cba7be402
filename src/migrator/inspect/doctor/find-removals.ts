/** Finds what statements take away, as far as their text tells: whole tables, columns, rows, parts of values. */

/**
 * `rows`: some or all rows of the table, by a statement of its own. `values`: what does not fit the new type of the column;
 * `isRefused` where the statements look first, and stop. `table` and `column` are as SQL writes them.
 */
export type Removal =
  | { readonly kind: 'table'; readonly table: string }
  | { readonly kind: 'column'; readonly table: string; readonly column: string }
  | { readonly kind: 'rows'; readonly table: string }
  | {
      readonly kind: 'values';
      readonly table: string;
      readonly column: string;
      readonly type: string;
      readonly isRefused: boolean;
    };

const IDENTIFIER = String.raw`(?:"(?:[^"]|"")+"|[a-z_][\w$]*)`;
const NAME = String.raw`${IDENTIFIER}(?:\s*\.\s*${IDENTIFIER})?`;
const IF_EXISTS = String.raw`(?:if\s+exists\s+)?`;

const DROP_TABLE = new RegExp(String.raw`\bdrop\s+table\s+${IF_EXISTS}(${NAME}(?:\s*,\s*${NAME})*)`, 'gi');
const ALTER_TABLE = new RegExp(
  String.raw`\balter\s+table\s+${IF_EXISTS}(?:only\s+)?(${NAME})\s+([^;]*)`,
  'gi',
);
/** `column` may be left out, but then a constraint, a default or a not-null must not be taken for a column. */
const DROP_COLUMN = new RegExp(
  String.raw`\bdrop\s+(?:column\s+${IF_EXISTS}|(?!constraint\b|default\b|not\b|identity\b|expression\b|column\b))(${IDENTIFIER})`,
  'gi',
);
const DELETE = new RegExp(
  String.raw`\b(?:delete\s+from|truncate(?:\s+table)?)\s+(?:only\s+)?(${NAME})`,
  'gi',
);

const NEW_TYPE = new RegExp(
  String.raw`\balter\s+(?:column\s+)?(${IDENTIFIER})\s+(?:set\s+data\s+)?type\s+([a-z_][\w ]*?(?:\s*\([\d, ]+\))?(?:\[\])?)\s*(?=using\b|collate\b|,|$)`,
  'gi',
);
/** How refuseLoss says what it looks at. */
const REFUSED = new RegExp(String.raw`^-- (${IDENTIFIER}) of (${IDENTIFIER}) must fit (.+)$`, 'gm');

/** Returns what the statements take away, in their order, each once. */
export function findRemovals(statements: readonly string[]): Removal[] {
  const refused = statements.flatMap(refusedValues);
  const isRefused = ({ table, column }: Values): boolean =>
    refused.some((other) => other.table === table && other.column === column);
  const removals = statements.flatMap((statement) => [
    ...refusedValues(statement),
    ...retypedColumns(statement).filter((values) => !isRefused(values)),
    ...droppedTables(statement),
    ...droppedColumns(statement),
    ...[...statement.matchAll(DELETE)].map(([, table = '']): Removal => ({ kind: 'rows', table })),
  ]);
  const seen = new Set<string>();
  return removals.filter((removal) => {
    const key = JSON.stringify(removal);
    return seen.has(key) ? false : seen.add(key);
  });
}

function droppedTables(statement: string): Removal[] {
  return [...statement.matchAll(DROP_TABLE)].flatMap(([, list = '']) =>
    [...list.matchAll(new RegExp(NAME, 'gi'))].map(([table]): Removal => ({ kind: 'table', table })),
  );
}

function droppedColumns(statement: string): Removal[] {
  return [...statement.matchAll(ALTER_TABLE)].flatMap(([, table = '', actions = '']) =>
    [...actions.matchAll(DROP_COLUMN)].map(([, column = '']): Removal => ({ kind: 'column', table, column })),
  );
}

type Values = Extract<Removal, { kind: 'values' }>;

function retypedColumns(statement: string): Values[] {
  return [...statement.matchAll(ALTER_TABLE)].flatMap(([, table = '', actions = '']) =>
    [...actions.matchAll(NEW_TYPE)].map(([, column = '', type = '']): Values => {
      return { kind: 'values', table, column, type, isRefused: false };
    }),
  );
}

function refusedValues(statement: string): Values[] {
  return [...statement.matchAll(REFUSED)].map(([, column = '', table = '', type = '']): Values => {
    return { kind: 'values', table, column, type, isRefused: true };
  });
}
