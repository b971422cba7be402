#!/usr/bin/env bash
# Restores a backup and puts it in the place of the database, which is kept under another name. Run by the service `restore`
# of docker-compose.prod.yaml, with the server stopped:
#   docker compose run --rm --no-deps restore /backups/forex-20261122T090000000Z.dump
set -euo pipefail
PGPASSWORD="$(cat /run/secrets/postgres_password)"
export PGPASSWORD
sql() { psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --dbname=postgres "$@"; }

file="${1:-}"
if [ ! -r "$file" ]; then
  echo "say which backup; there are:" >&2
  find /backups -maxdepth 1 -name '*.dump' | sort >&2
  exit 2
fi
# To the millisecond: two databases of one PostgreSQL may be restored in the same second.
now="$(date -u +%Y%m%dt%H%M%S%3N)"
restored="restored_$now" before="before_$now"

# A server that continues would write into a database that is about to be put aside.
users="$(sql --set=name="$PGDATABASE" <<< "select count(*) from pg_stat_activity where datname = :'name'")"
if [ "$users" != 0 ]; then
  echo "$users connections use $PGDATABASE: stop the server first (docker compose stop server)" >&2
  exit 1
fi

# A backup names the role that serves and does not hold it: a PostgreSQL that never had it gets it here, and people its password.
grants='s/^(GRANT|ALTER DEFAULT PRIVILEGES) .* TO ([a-z_][a-z0-9_]*);$/\2/p'
roles="$({ pg_restore --schema-only --file=- "$file" 2> /dev/null || true; } | sed -nE "$grants" | sort -u)"
for role in $roles; do
  has_role="$(sql --set=role="$role" <<< "select count(*) from pg_roles where rolname = :'role'")"
  if [ "$has_role" = 0 ]; then
    sql --set=role="$role" <<< 'create role :"role" nologin'
    echo "made the role $role, which cannot sign in yet; before the server starts, give it its password:"
    echo "  docker compose run --rm --no-deps -T -e DATABASE_URL_FILE=/run/secrets/migration_database_url --entrypoint manage server serving-role $role < serving-password"
  fi
done

# Into a new database: when this fails, the old one is as it was.
createdb --maintenance-db=postgres "$restored"
if ! pg_restore --no-password --exit-on-error --dbname="$restored" "$file"; then
  dropdb --maintenance-db=postgres "$restored"
  echo "$file could not be restored; $PGDATABASE was not touched" >&2
  exit 1
fi
# A dump brings no statistics, and without them the first questions would be slow.
psql --no-psqlrc --quiet --dbname="$restored" <<< 'analyze'
has_former="$(sql --set=name="$PGDATABASE" <<< "select count(*) from pg_database where datname = :'name'")"
if [ "$has_former" = 1 ]; then
  sql --set=name="$PGDATABASE" --set=before="$before" <<< 'alter database :"name" rename to :"before"'
  echo "kept the former database as $before; when it is not needed any more:"
  echo "  docker compose exec postgres dropdb -U $PGUSER $before"
fi
sql --set=name="$PGDATABASE" --set=restored="$restored" <<< 'alter database :"restored" rename to :"name"'
echo "restored $file as $PGDATABASE"
