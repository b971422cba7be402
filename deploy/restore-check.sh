#!/usr/bin/env bash
# Only a backup that was restored is one: restores the newest into a database of its own, looks at what is in it, marks its
# record and removes it again. Run by the service `restore-check` of docker-compose.prod.yaml.
set -euo pipefail
PGPASSWORD="$(cat /run/secrets/postgres_password)"
export PGPASSWORD
directory=/backups
sql() { psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 "$@"; }

file="$(find "$directory" -maxdepth 1 -name "$PGDATABASE-*.dump" | sort | tail -n 1)"
if [ -z "$file" ]; then
  echo "there is no backup in $directory" >&2
  exit 1
fi
sha256="$(sha256sum "$file" | cut -d ' ' -f 1)"
scratch="restore_check_$(date -u +%s)"
createdb "$scratch"
trap 'dropdb --if-exists --force "$scratch"' EXIT
pg_restore --no-owner --no-privileges --no-password --exit-on-error --dbname="$scratch" "$file"

rows="$(sql --dbname="$scratch" << 'SQL'
select relname || ' ' || (xpath('/row/count/text()',
    query_to_xml(format('select count(*) from public.%I', relname), false, true, '')))[1]::text
  from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by relname;
SQL
)"
head="$(sql --dbname="$scratch" <<< 'select max(name) from mikro_orm_migrations')"
echo "$rows"
if [ -z "$head" ]; then
  echo "$file holds no migrated database" >&2
  exit 1
fi
if [ "$(sql <<< "select to_regclass('public.database_backups') is not null")" = t ]; then
  sql --set=sha256="$sha256" <<< "update database_backups set verified_at = now() where sha256 = :'sha256'"
fi
echo "$file can be restored, up to $head"
