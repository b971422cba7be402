/** What an optimized squash takes over of its originals' statements: what no schema tells, and what a new database needs. */
import { isDescribedBySchema } from './squash-statements.ts';

/** An original, as far as it matters here. */
export interface OriginalStatements {
  readonly up: readonly string[];
  /** Its author's word that a new database needs nothing of it but the schema. */
  readonly isElidable: boolean;
}

/**
 * Returns the statements to keep, in order. A new database has no rows but those that the originals put there, so what changes the
 * rows of an empty table goes: it may name a column that is gone by the end. So does what a later statement takes away again.
 */
export function keptStatements(originals: readonly OriginalStatements[]): string[] {
  const rows = new RowsSoFar();
  const effective = originals.flatMap(({ up, isElidable }) =>
    up.filter((statement) => {
      const hasEffect = rows.mayBeChangedBy(statement);
      rows.follow(statement);
      return hasEffect && !isElidable && !isDescribedBySchema(statement);
    }),
  );
  return withoutUndone(effective);
}

const NAME = String.raw`((?:"(?:[^"]|"")+"|[\w$]+)(?:\.(?:"(?:[^"]|"")+"|[\w$]+))?)`;
const CHANGES_ROWS = new RegExp(String.raw`^\s*(?:update|delete\s+from)\s+(?:only\s+)?${NAME}`, 'i');
const ADDS_ROWS = new RegExp(String.raw`^\s*(?:insert\s+into|copy)\s+${NAME}`, 'i');
const RENAMES_TABLE = new RegExp(
  String.raw`^\s*alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?${NAME}\s+rename\s+to\s+${NAME}`,
  'i',
);
/** What is known to put rows nowhere. */
const ADDS_NONE =
  /^\s*(?:create(?!\s+(?:(?:global|local|temp|temporary|unlogged)\s+)*table\b[^]*\bas\b)|drop|alter|comment|grant|revoke|set|reset|lock|update|delete)\b/i;
const MAKES_TRIGGER = /^\s*create\s+(?:or\s+replace\s+)?(?:constraint\s+)?(?:trigger|rule)\b/i;

/** Which tables may have rows in a new database, as far as the statements until now tell. */
class RowsSoFar {
  readonly #tables = new Set<string>();
  #areAnywhere = false;
  #hasTriggers = false;

  mayBeChangedBy(statement: string): boolean {
    const [, table] = CHANGES_ROWS.exec(statement) ?? [];
    return table === undefined || this.#areAnywhere || this.#tables.has(bare(table));
  }

  follow(statement: string): void {
    const [, added] = ADDS_ROWS.exec(statement) ?? [];
    const [, from, to] = RENAMES_TABLE.exec(statement) ?? [];
    if (MAKES_TRIGGER.test(statement)) this.#hasTriggers = true;
    if (from !== undefined && to !== undefined && this.#tables.has(bare(from))) this.#tables.add(bare(to));
    if (added !== undefined) this.#tables.add(bare(added));
    // A function, a block or a trigger may write anywhere.
    if (added === undefined ? !ADDS_NONE.test(statement) : this.#hasTriggers) this.#areAnywhere = true;
  }
}

const MADE = new RegExp(
  String.raw`^\s*create\s+(?:or\s+replace\s+)?(?:materialized\s+)?(function|procedure|trigger|view|sequence|rule)\s+(?:if\s+not\s+exists\s+)?${NAME}`,
  'i',
);
const TAKEN_AWAY = new RegExp(
  String.raw`^\s*drop\s+(?:materialized\s+)?(function|procedure|trigger|view|sequence|rule)\s+(?:if\s+exists\s+)?${NAME}`,
  'i',
);

function withoutUndone(statements: readonly string[]): string[] {
  const gone = new Set<number>();
  for (const [end, statement] of statements.entries()) {
    const taken = thingOf(statement, TAKEN_AWAY);
    if (taken === undefined) continue;
    const makers = statements.flatMap((each, index) =>
      index < end && !gone.has(index) && thingOf(each, MADE) === taken ? [index] : [],
    );
    for (const index of makers) gone.add(index);
    if (makers.length > 0) gone.add(end);
  }
  return statements.filter((_, index) => !gone.has(index));
}

function thingOf(statement: string, pattern: RegExp): string | undefined {
  const [, kind, name] = pattern.exec(statement) ?? [];
  if (kind === undefined || name === undefined) return undefined;
  // Triggers of two tables may have one name.
  const table = /^(?:trigger|rule)$/i.test(kind)
    ? new RegExp(String.raw`\son\s+${NAME}`, 'i').exec(statement)?.[1]
    : undefined;
  return [kind.toLowerCase(), bare(name), table === undefined ? '' : bare(table)].join(' ');
}

/** Without schema and quotes. */
function bare(name: string): string {
  const last = name.replace(/^(?:"(?:[^"]|"")+"|[\w$]+)\.(?=.)/, '');
  return last.startsWith('"') ? last.slice(1, -1) : last.toLowerCase();
}
