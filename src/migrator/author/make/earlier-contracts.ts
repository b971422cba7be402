/** Which contracts a new migration has to come after: until they run, what they change is still there in the old way. */
import { loadMigrations } from '../../run/state/load-migrations.ts';
import { renderSql } from '../../run/execute/render-sql.ts';
import { mentions } from './mentions.ts';
import type { MigrationParts } from '../../run/execute/render-sql.ts';
import type { Draft } from './draft.ts';

/** A contract of the folder, and the columns, constraints, indexes and tables that it changes. */
export interface EarlierContract {
  readonly name: string;
  readonly subjects: ReadonlySet<string>;
  /** Columns that another takes the place of: what is about them before goes with them. */
  readonly replaced: readonly { readonly table: string; readonly column: string }[];
}

/** Reads the contracts of a folder. One that asks the database while it runs tells nothing. */
export async function readContracts(folder: string, parts: MigrationParts): Promise<EarlierContract[]> {
  const all = await loadMigrations(folder);
  const names = new Set(all.map(({ name }) => name));
  // While the originals of a squash are there, they are what a database may wait for.
  const contracts = all.filter(
    ({ phase, replaces }) => phase === 'contract' && !replaces.some((original) => names.has(original)),
  );
  return Promise.all(
    contracts.map(async (contract) => {
      const up = (await renderSql(contract, 'up', parts)) ?? [];
      const tables = up.flatMap((sql) => tableOf(sql) ?? []);
      const subjects = new Set([...up.flatMap(subjectsOf), ...tables]);
      return { name: contract.name, subjects, replaced: up.flatMap(replacedBy) };
    }),
  );
}

/**
 * Returns the contracts that change what the draft changes. A database may still wait for them, and would run them after it: a
 * column that is added again would be there already, one that may be null again would become required.
 */
export function contractsBefore({ up }: Draft, contracts: readonly EarlierContract[]): string[] {
  const subjects = new Set(up.flatMap(subjectsOf));
  const isAbout = ({ table, column }: EarlierContract['replaced'][number]): boolean =>
    up.some((sql) => subjectTableOf(sql) === table && mentions(sql, column));
  return contracts
    .filter((contract) => !contract.subjects.isDisjointFrom(subjects) || contract.replaced.some(isAbout))
    .map(({ name }) => name);
}

const NAME = String.raw`("(?:[^"]|"")+"|[\w$]+)`;
const QUOTED = String.raw`("(?:[^"]|"")+")`;
const IF_THERE = String.raw`(?:if\s+(?:not\s+)?exists\s+)?`;

const TABLE = new RegExp(
  String.raw`^\s*alter\s+table\s+${IF_THERE}(?:only\s+)?(?:"(?:[^"]|"")+"\.)?${NAME}(?:\s+rename\s+to\s+${NAME})?`,
  'i',
);
/** Without the word `column` only a name in quotes is one: the `default` of `drop default` is none. */
const COLUMNS = new RegExp(
  String.raw`\b(?:add|drop|alter|rename)\s+(?:column\s+${IF_THERE}${NAME}|${QUOTED})(?:\s+to\s+${NAME})?`,
  'gi',
);
const CONSTRAINTS = new RegExp(String.raw`\bconstraint\s+${IF_THERE}${NAME}`, 'gi');
const RELATIONS = new RegExp(
  String.raw`^\s*(?:create|drop|alter)\s+(?:unique\s+)?(?:table|view|type|index(?:\s+concurrently)?)\s+${IF_THERE}${NAME}(?:\s+rename\s+to\s+${NAME})?`,
  'gi',
);

const TAKES_NAME = new RegExp(
  String.raw`^\s*alter\s+table\s+${NAME}\s+rename\s+column\s+${NAME}\s+to\s+${NAME}`,
  'i',
);
const INDEXED = new RegExp(String.raw`^\s*create\s+(?:unique\s+)?index\b.*?\son\s+${NAME}`, 'i');

function replacedBy(sql: string): EarlierContract['replaced'] {
  const [, table, , column] = TAKES_NAME.exec(sql) ?? [];
  return table === undefined || column === undefined ? [] : [{ table: bare(table), column: bare(column) }];
}

function subjectTableOf(sql: string): string | undefined {
  const [, indexed] = INDEXED.exec(sql) ?? [];
  return indexed === undefined ? tableOf(sql) : bare(indexed);
}

/** To alter a table is to change parts of it, which others may change at the same time in other parts. */
function subjectsOf(sql: string): string[] {
  const [table, newName] = TABLE.exec(sql)?.slice(1) ?? [];
  if (table === undefined || newName !== undefined) return namesIn(sql, RELATIONS);
  // A unique constraint is an index of its name.
  return [...namesIn(sql, COLUMNS).map((column) => `${bare(table)}.${column}`), ...namesIn(sql, CONSTRAINTS)];
}

function tableOf(sql: string): string | undefined {
  const [, table] = TABLE.exec(sql) ?? [];
  return table && bare(table);
}

function namesIn(sql: string, pattern: RegExp): string[] {
  return [...sql.matchAll(pattern)].flatMap(([, ...names]) => names.flatMap((name) => name ?? []).map(bare));
}

function bare(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1) : name.toLowerCase();
}
