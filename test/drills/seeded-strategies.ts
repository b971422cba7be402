/** The million rows: strategies whose id contains their number and whose first name follows from it, so that any can be checked. */

/** Each client renames rows of its own: those whose number ends in its own three digits. */
const BLOCK = 1_000;

/** Where the rows belong. */
export interface Seeding {
  readonly rows: number;
  readonly clients: number;
  /** The account of each person; client k is person k modulo their number. */
  readonly accountIds: readonly string[];
}

/** The id of row n, from 1. */
export function seededId(n: number): string {
  return `01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

/** The number of a seeded row; undefined when it is another. */
export function seededNumber(id: string): number | undefined {
  return id.startsWith('01900000-0000-7000-8000-') ? Number.parseInt(id.slice(24), 16) : undefined;
}

/** The name that row n is made with. */
export function seededName(n: number): string {
  return `Seeded strategy ${n}`;
}

/** Whether some client renames the row. */
export function isRenamed(n: number, { clients }: Seeding): boolean {
  return n % BLOCK < clients;
}

/** A row that belongs to the client's person. */
export function rowToRead(client: number, { rows, accountIds }: Seeding, random: () => number): number {
  const people = accountIds.length;
  const slot = Math.floor(random() * Math.floor(BLOCK / people));
  const n = blockStart(rows, random) + slot * people + (client % people);
  // There is no row 0; the last of the first block belongs to that row's user.
  return n === 0 ? BLOCK : n;
}

/** A row that only this client renames. */
export function rowToRename(client: number, { rows }: Seeding, random: () => number): number {
  return blockStart(rows, random) + client || BLOCK;
}

function blockStart(rows: number, random: () => number): number {
  return Math.floor(random() * Math.floor(rows / BLOCK)) * BLOCK;
}

/** The statement that makes the rows. */
export function seedSql({ rows, accountIds }: Seeding): string {
  const accounts = accountIds.map((id) => `'${id}'`).join(', ');
  return `insert into strategies (id, account_id, name, strategy_type, parameters, parameters_version, instrument)
    select ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
      ((array[${accounts}])[n % ${BLOCK} % ${accountIds.length} + 1])::uuid,
      'Seeded strategy ' || n, 'ema_cross', '{}', 1, 'EUR_USD'
    from generate_series(1, ${rows}) as n`;
}

/** The query for the number of rows, and of those never renamed that have another name in a column than they were created with. */
export function checkSql(column: string, { clients }: Seeding): string {
  return `select count(*) as rows,
      count(*) filter (where n % ${BLOCK} >= ${clients} and "${column}" is distinct from 'Seeded strategy ' || n) as wrong
    from (select *, ('x' || right(id::text, 12))::bit(48)::bigint as n from strategies
      where id::text like '01900000-0000-7000-8000-%') as seeded`;
}
