/** Takes SQL apart with PostgreSQL's own parser, compiled to WebAssembly. It is loaded when it is first needed: a start needs none. */
import assert from 'node:assert/strict';
import type { Node, parseSync } from 'libpg-query';

export interface ParsedStatement {
  /** Without its semicolon, and without the comments before it. */
  readonly text: string;
  /** Undefined where PostgreSQL would refuse the text. */
  readonly tree: Node | undefined;
}

/** Returns the statements of a text. One that cannot be parsed is one statement, which can still be run. */
export async function parseSql(sql: string): Promise<ParsedStatement[]> {
  if (sql.trim() === '') return [];
  const { parse } = await import('libpg-query');
  const parsed = await parse(sql).catch(() => undefined);
  if (parsed === undefined) return [{ text: sql.trim(), tree: undefined }];
  // The parser counts bytes of UTF-8, and gives no length for a last statement without a semicolon.
  const bytes = Buffer.from(sql);
  return (parsed.stmts ?? []).map(({ stmt: tree, stmt_location: start = 0, stmt_len: count = 0 }) => {
    const end = count === 0 ? bytes.length : start + count;
    return { text: bytes.subarray(start, end).toString().trim(), tree };
  });
}

/** Loads the parser, for {@link parseExpression}. */
export async function loadParser(): Promise<void> {
  const parser = await import('libpg-query');
  await parser.loadModule();
  parseNow = parser.parseSync;
}

let parseNow: typeof parseSync | undefined;

/** Returns the tree of an expression; undefined where PostgreSQL would refuse it. */
export function parseExpression(sql: string): Node | undefined {
  assert(parseNow !== undefined, 'loadParser comes first');
  try {
    return parseNow(`select ${sql}`).stmts?.[0]?.stmt;
  } catch {
    return undefined;
  }
}

/** Returns the texts of the statements. */
export async function splitStatements(sql: string): Promise<string[]> {
  return (await parseSql(sql)).map(({ text }) => text);
}
