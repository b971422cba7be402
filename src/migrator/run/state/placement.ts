/** In which schema a connection works, and whether that is the one that was migrated before. Reads only. */
import { MigratorFailure } from '../../failure.ts';
import { literal } from '../connect/sql-text.ts';
import type { Query } from '../connect/query.ts';

interface Place {
  readonly user: string;
  readonly path: string;
  /** Where tables are made and names looked up first; null when no schema of the path exists. */
  readonly schema: string | null;
  /** The schemas of the path, and `public`, that have a table of migrations. */
  readonly migrated: readonly string[];
}

/** Returns the schema. MigratorFailure `configuration-invalid` when there is none, or when the migrations were applied in another. */
export async function placeOf(query: Query, tableName: string): Promise<string> {
  const [place] = await query<Place>(
    `select current_user::text as user, current_setting('search_path') as path,
            current_schema()::text as schema,
            coalesce((select json_agg(n.nspname order by n.nspname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
              where c.relname = ${literal(tableName)} and c.relkind in ('r', 'p')
                and (n.nspname = any(current_schemas(false)) or n.nspname = 'public')), '[]') as migrated`,
  );
  if (place === undefined || place.schema === null) throw nowhere(place);
  const { schema, migrated } = place;
  const [elsewhere] = migrated;
  if (elsewhere !== undefined && !migrated.includes(schema)) throw misplaced(place, schema, elsewhere);
  return schema;
}

function nowhere(place: Place | undefined): MigratorFailure {
  return new MigratorFailure(
    'configuration-invalid',
    `No schema of search_path (${place?.path ?? 'unknown'}) exists that user "${place?.user ?? 'unknown'}" may use, so there is no ` +
      'place for tables. Nothing was done. Create the schema, grant usage on it, or correct search_path.',
  );
}

function misplaced(place: Place, schema: string, elsewhere: string): MigratorFailure {
  const { user, path } = place;
  return new MigratorFailure(
    'configuration-invalid',
    `User "${user}" works in schema "${schema}" (search_path is ${path}), and the migrations were applied in schema "${elsewhere}". ` +
      `Nothing was done, for it would make a second copy of all tables. ` +
      'Let the search_path of the user of DATABASE_URL, or that in the address, begin with the schema that has them.',
    { schema, migrated: elsewhere },
  );
}
