/** Takes SQL apart with PostgreSQL's own parser, compiled to WebAssembly. It is loaded when it is first needed: a start needs none. */
import type { Node, RawStmt } from 'libpg-query';

export interface ParsedStatement {
  /** Without its semicolon, and without the comments before it. */
  readonly text: string;
  /** Undefined where PostgreSQL would refuse the text. */
  readonly tree: Node | undefined;
}

interface Range {
  readonly tree: Node | undefined;
  /** In bytes of UTF-8, as the parser counts. */
  readonly start: number;
  readonly end: number;
}

/** Returns the statements of a text. One that cannot be parsed is divided at its semicolons, so that each part can still be run. */
export async function parseSql(sql: string): Promise<ParsedStatement[]> {
  if (sql.trim() === '') return [];
  const { parse, scan } = await import('libpg-query');
  const scanned = await scan(sql).catch(() => undefined);
  // A text with an open quote has no tokens.
  if (scanned === undefined) return [{ text: sql.trim(), tree: undefined }];
  const tokens = scanned.tokens.filter(({ tokenName }) => !COMMENTS.has(tokenName));
  if (tokens.length === 0) return [];
  const parsed = await parse(sql).catch(() => undefined);
  const bytes = Buffer.from(sql);
  const semicolons = tokens.filter(({ text }) => text === ';').map(({ start }) => start);
  const ranges =
    parsed === undefined
      ? between(semicolons, bytes.length)
      : (parsed.stmts ?? []).map(rangeOf(bytes.length));
  return ranges.flatMap(({ start, end, tree }) => {
    const own = tokens.filter((token) => token.start >= start && token.end <= end);
    const [first] = own;
    return first === undefined
      ? []
      : [{ text: bytes.subarray(first.start, own.at(-1)?.end).toString(), tree }];
  });
}

/** Returns the texts of the statements. */
export async function splitStatements(sql: string): Promise<string[]> {
  return (await parseSql(sql)).map(({ text }) => text);
}

const COMMENTS: ReadonlySet<string> = new Set(['SQL_COMMENT', 'C_COMMENT']);

const rangeOf =
  (length: number) =>
  ({ stmt, stmt_location: start = 0, stmt_len: count = 0 }: RawStmt): Range => ({
    tree: stmt,
    start,
    // Of the last statement without a semicolon the parser tells no length.
    end: count === 0 ? length : start + count,
  });

function between(semicolons: readonly number[], length: number): Range[] {
  const ends = [...semicolons, length];
  return ends.map((end, index) => {
    const before = ends[index - 1];
    return { tree: undefined, start: before === undefined ? 0 : before + 1, end };
  });
}
