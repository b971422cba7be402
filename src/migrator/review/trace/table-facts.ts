/** What a database says about its tables, as far as made-up rows must obey it. Reads only. */
import type { Query } from '../../run/connect/query.ts';

export interface ColumnFact {
  readonly table: string;
  readonly name: string;
  /** As it is written in SQL, `varchar(64)`. */
  readonly type: string;
  /** PostgreSQL's name of the type below a domain, and the letter of its category (manual, pg_type.typcategory). */
  readonly base_type: string;
  readonly category: string;
  readonly length: number | null;
  readonly enum_labels: readonly string[] | null;
  readonly is_required: boolean;
  readonly default_sql: string | null;
  /** An identity or a generated column: PostgreSQL writes it. */
  readonly is_made: boolean;
  readonly is_in_unique_key: boolean;
}

export interface CheckFact {
  readonly table: string;
  readonly columns: readonly string[];
  readonly expression: string;
}

export interface ForeignKeyFact {
  readonly table: string;
  readonly columns: readonly string[];
  readonly referenced_table: string;
  readonly referenced_columns: readonly string[];
}

export interface TableFacts {
  readonly name: string;
  readonly columns: readonly ColumnFact[];
  readonly checks: readonly CheckFact[];
  readonly foreignKeys: readonly ForeignKeyFact[];
}

/** Returns all tables of ours, those that others refer to first. */
export async function readTableFacts(query: Query): Promise<TableFacts[]> {
  const columns = Map.groupBy(await query<ColumnFact>(COLUMNS), ({ table }) => table);
  const checks = Map.groupBy(await query<CheckFact>(CHECKS), ({ table }) => table);
  const foreignKeys = Map.groupBy(await query<ForeignKeyFact>(FOREIGN_KEYS), ({ table }) => table);
  const tables = [...columns].map(([name, own]) => ({
    name,
    columns: own,
    checks: checks.get(name) ?? [],
    foreignKeys: foreignKeys.get(name) ?? [],
  }));
  return parentsFirst(tables);
}

/** Tables that refer to each other in a circle come in any order. */
function parentsFirst(tables: readonly TableFacts[]): TableFacts[] {
  const ordered = new Set<TableFacts>();
  const begun = new Set<TableFacts>();
  const add = (table: TableFacts): void => {
    if (begun.has(table)) return;
    begun.add(table);
    for (const { referenced_table } of table.foreignKeys) {
      const parent = tables.find(({ name }) => name === referenced_table);
      if (parent !== undefined) add(parent);
    }
    ordered.add(table);
  };
  tables.forEach(add);
  return [...ordered];
}

const OURS = `c.relkind in ('r', 'p') and not c.relispartition
  and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'`;

const COLUMNS = `
  select c.oid::regclass::text as "table", a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type,
    base.typname::text as base_type, base.typcategory::text as category,
    case when base.typname in ('varchar', 'bpchar') and a.atttypmod > 4 then a.atttypmod - 4 end as length,
    (select array_agg(enumlabel::text order by enumsortorder) from pg_enum where enumtypid = base.oid) as enum_labels,
    a.attnotnull as is_required, pg_get_expr(d.adbin, d.adrelid) as default_sql,
    a.attidentity <> '' or a.attgenerated <> '' as is_made,
    exists (select from pg_index i where i.indrelid = c.oid and i.indisunique and a.attnum = any (i.indkey)) as is_in_unique_key
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_type t on t.oid = a.atttypid
  join pg_type base on base.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  where ${OURS}
  order by 1, a.attnum`;

const namesOf = (relation: string, numbers: string): string =>
  `(select array_agg(attname::text order by place)
      from unnest(k.${numbers}) with ordinality as u (number, place)
      join pg_attribute on attrelid = k.${relation} and attnum = u.number)`;

const constraintsOf = (kind: string, columns: string): string => `
  select k.conrelid::regclass::text as "table", ${namesOf('conrelid', 'conkey')} as columns, ${columns}
  from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
  where k.contype = '${kind}' and ${OURS} and k.conkey is not null
  order by 1, k.conname`;

const CHECKS = constraintsOf('c', 'pg_get_expr(k.conbin, k.conrelid) as expression');

const FOREIGN_KEYS = constraintsOf(
  'f',
  `k.confrelid::regclass::text as referenced_table, ${namesOf('confrelid', 'confkey')} as referenced_columns`,
);
