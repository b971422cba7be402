/** The one statement that describes a schema; one, so that it is the schema of one moment. */

/** The schema in which the connection works. */
const CURRENT = '(select oid from pg_namespace where nspname = current_schema())';

/** What the migrations themselves are kept with, and were by earlier versions. They are not made by migrations. */
const bookkeeping = `'mikro_orm_migrations', 'migration_attempts'`;

/** Not of an extension: what `create extension` made is the extension's. */
function isNotOfExtension(catalogue: string, oid: string): string {
  return `not exists (select from pg_depend d where d.classid = '${catalogue}'::regclass and d.objid = ${oid} and d.deptype = 'e')`;
}

/**
 * Partitions are left out with all that is on them: they come and go while the server runs, and follow their parent. Whether
 * a constraint holds for the old rows and an index is used at all are facts of their own, for they are what is left when an
 * online change was cut short.
 */
export const CATALOGUE_SQL = `
with relations as (
  select c.* from pg_class c
   where c.relnamespace = ${CURRENT} and c.relkind in ('r', 'p', 'f', 'v', 'm') and not c.relispartition
     and c.relname not in (${bookkeeping}) and ${isNotOfExtension('pg_class', 'c.oid')}
), objects as (
  select case when relkind in ('v', 'm') then 'view' else 'table' end as kind, null::name as "table", relname as name,
    jsonb_build_object(
      'kind', case relkind when 'r' then 'plain table' when 'p' then 'partitioned table' when 'f' then 'foreign table'
                           when 'v' then 'view' else 'materialized view' end,
      'partition key', pg_get_partkeydef(oid),
      'storage', case relpersistence when 'u' then 'unlogged' end,
      'row security', case when relforcerowsecurity then 'forced' when relrowsecurity then 'on' end,
      'definition', case when relkind in ('v', 'm') then pg_get_viewdef(oid, true) end) as facts
    from relations
  union all
  select 'column', r.relname, a.attname, jsonb_build_object(
      'type', format_type(a.atttypid, a.atttypmod),
      'collation', case when a.attcollation <> t.typcollation then a.attcollation::regcollation::text end,
      'rule', case when not a.attnotnull then 'may be null'
        when exists (select from pg_constraint k where k.conrelid = r.oid and k.contype = 'n' and k.conkey = array[a.attnum]
                      and not k.convalidated) then 'must not be null for new rows only (not validated)'
        else 'must not be null' end,
      'default', case when a.attgenerated = '' then pg_get_expr(v.adbin, v.adrelid) end,
      'identity', case a.attidentity when 'a' then 'always' when 'd' then 'by default' end,
      'generated value', case a.attgenerated when 's' then 'stored ' when 'v' then 'virtual ' end || pg_get_expr(v.adbin, v.adrelid))
    from relations r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid
    left join pg_attrdef v on v.adrelid = r.oid and v.adnum = a.attnum
   where r.relkind not in ('v', 'm')
  union all
  select 'constraint', r.relname, k.conname, jsonb_build_object(
      'definition', replace(pg_get_constraintdef(k.oid, true), ' NOT VALID', ''),
      'state', case when k.convalidated then 'valid' else 'not validated' end)
    from relations r join pg_constraint k on k.conrelid = r.oid and k.contype in ('c', 'f', 'p', 'u', 'x')
  union all
  select 'index', r.relname, c.relname, jsonb_build_object(
      'definition', pg_get_indexdef(i.indexrelid, 0, true),
      'state', case when i.indisvalid and i.indisready then 'valid' else 'invalid' end)
    from relations r join pg_index i on i.indrelid = r.oid join pg_class c on c.oid = i.indexrelid
   where not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = r.oid)
  union all
  select 'trigger', r.relname, g.tgname, jsonb_build_object(
      'definition', pg_get_triggerdef(g.oid, true),
      'state', case g.tgenabled when 'O' then 'enabled' when 'D' then 'disabled' else 'replica' end)
    from relations r join pg_trigger g on g.tgrelid = r.oid and not g.tgisinternal
  union all
  select 'policy', r.relname, p.polname, jsonb_build_object(
      'command', p.polcmd, 'permissive', p.polpermissive::text,
      'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))
    from relations r join pg_policy p on p.polrelid = r.oid
  union all
  select 'sequence', null, c.relname, jsonb_build_object(
      'definition', format('%s from %s to %s by %s%s', format_type(s.seqtypid, null), s.seqmin, s.seqmax, s.seqincrement,
                           case when s.seqcycle then ' in a cycle' end),
      'owner', (select d.refobjid::regclass::text || '.' || a.attname from pg_depend d
                  join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
                 where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'a'))
    from pg_class c join pg_sequence s on s.seqrelid = c.oid
   where c.relnamespace = ${CURRENT} and ${isNotOfExtension('pg_class', 'c.oid')}
     -- That of an identity column is the column's, and one of the migrator's own tables is left out too.
     and not exists (select from pg_depend d left join pg_class o on o.oid = d.refobjid and d.refclassid = 'pg_class'::regclass
       where d.classid = 'pg_class'::regclass and d.objid = c.oid
         and (d.deptype = 'i' or (d.deptype = 'a' and o.relname in (${bookkeeping}))))
  union all
  select 'type', null, t.typname, case t.typtype
      when 'e' then jsonb_build_object('values',
        (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid))
      else jsonb_build_object('definition', format_type(t.typbasetype, t.typtypmod) || coalesce(
        (select string_agg(' ' || pg_get_constraintdef(k.oid, true), '' order by k.conname) from pg_constraint k where k.contypid = t.oid), ''))
      end
    from pg_type t
   where t.typnamespace = ${CURRENT} and t.typtype in ('e', 'd') and ${isNotOfExtension('pg_type', 't.oid')}
  union all
  select 'function', null, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
      jsonb_build_object('definition', case when p.prokind in ('f', 'p')
        -- Named without its schema, like all the rest.
        then replace(pg_get_functiondef(p.oid), format(' %I.%I(', current_schema(), p.proname), format(' %I(', p.proname))
        else 'aggregate' end)
    from pg_proc p
   where p.pronamespace = ${CURRENT} and ${isNotOfExtension('pg_proc', 'p.oid')}
)
select kind, "table"::text as "table", name::text as name, jsonb_strip_nulls(facts) as facts from objects order by kind, "table", name`;
