/** Takes PostgreSQL's SQL apart: words, strings and signs, without comments. Enough to tell statements and what they touch. */

/** `text` of a word is lower case unless it was quoted; of a string it is what stands between the quotes. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'sign';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** What a pattern finds at a place, in this order: comments and strings first, for anything may stand in them. */
const PATTERNS = [
  { kind: 'space', pattern: /\s+|--[^\n]*/y },
  { kind: 'string', pattern: /\$([A-Za-z_]\w*)?\$[^]*?\$\1\$/y },
  { kind: 'string', pattern: /[eE]'(?:[^'\\]|\\[^]|'')*'/y },
  { kind: 'string', pattern: /(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'/y },
  { kind: 'quoted', pattern: /"(?:[^"]|"")*"/y },
  { kind: 'word', pattern: /[A-Za-z_\u{80}-\u{10ffff}][\w$\u{80}-\u{10ffff}]*/uy },
  { kind: 'sign', pattern: /\d[\w.]*/y },
  { kind: 'sign', pattern: /[^]/y },
] as const;

/** Returns the tokens of one or more statements. Text that never ends (an open quote) comes as single signs. */
export function readTokens(sql: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length;) {
    const end = endOfBlockComment(sql, at);
    if (end > at) {
      at = end;
      continue;
    }
    const { kind, text } = readOne(sql, at);
    if (kind !== 'space')
      tokens.push({ kind, text: innerText(kind, text), start: at, end: at + text.length });
    at += text.length;
  }
  return tokens;
}

/** Returns the statements of a text, each without its semicolon, and without those that are comments only. */
export function splitStatements(sql: string): string[] {
  const statements: Token[][] = [[]];
  for (const token of readTokens(sql)) {
    if (token.kind === 'sign' && token.text === ';') statements.push([]);
    else statements.at(-1)?.push(token);
  }
  return statements.flatMap((tokens) => {
    const [first] = tokens;
    return first === undefined ? [] : [sql.slice(first.start, tokens.at(-1)?.end)];
  });
}

function readOne(sql: string, at: number): { kind: Token['kind'] | 'space'; text: string } {
  for (const { kind, pattern } of PATTERNS) {
    pattern.lastIndex = at;
    const [text] = pattern.exec(sql) ?? [];
    if (text !== undefined) return { kind, text };
  }
  return { kind: 'sign', text: sql.slice(at, at + 1) };
}

/** Returns where the comment that begins at `at` ends, or `at` where none does. In PostgreSQL they nest. */
function endOfBlockComment(sql: string, at: number): number {
  if (!sql.startsWith('/*', at)) return at;
  let depth = 0;
  for (let place = at; place < sql.length; place += 1) {
    if (sql.startsWith('/*', place)) depth += 1;
    else if (sql.startsWith('*/', place)) depth -= 1;
    else continue;
    place += 1;
    if (depth === 0) return place + 1;
  }
  return sql.length;
}

function innerText(kind: Token['kind'], text: string): string {
  if (kind === 'word') return text.toLowerCase();
  if (kind === 'quoted') return text.slice(1, -1).replaceAll('""', '"');
  if (kind === 'string') return text.replace(/^[^'$]*(?:'|\$\w*\$)|(?:'|\$\w*\$)$/g, '');
  return text;
}
