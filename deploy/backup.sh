#!/usr/bin/env bash
# Writes a backup that can be read, records it where a start that has to migrate looks, hands it to BACKUP_HOOK and removes
# the oldest. Run by the services `backup` and `backup-schedule` of docker-compose.prod.yaml.
#
# BACKUP_KEEP  how many backups are kept
# BACKUP_HOOK  a command that copies a backup to another machine; it finds its path in BACKUP_FILE
set -euo pipefail
PGPASSWORD="$(cat /run/secrets/postgres_password)"
export PGPASSWORD
directory=/backups
keep="${BACKUP_KEEP:-14}"
sql() { psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 "$@"; }

# The file contains the whole database: no other user may read it, from its first byte on.
umask 077
made_at="$(sql <<< 'select now()')"
file="$directory/$PGDATABASE-$(date -u +%Y%m%dT%H%M%S%3NZ).dump"
trap 'rm -f -- "$file.part"' EXIT
# Anyone who holds a table longer than this would hold the backup as long.
pg_dump --format=custom --no-password --lock-wait-timeout=30000 --file="$file.part"
pg_restore --list "$file.part" > /dev/null
size="$(stat --format=%s "$file.part")"
sha256="$(sha256sum "$file.part" | cut -d ' ' -f 1)"
mv -- "$file.part" "$file"
echo "wrote $file, $size bytes, sha256 $sha256"

# A database of before the table was made is backed up too.
has_table="$(sql <<< "select to_regclass('public.database_backups') is not null")"
if [ "$has_table" = t ]; then
  sql --set=made_at="$made_at" --set=file="$file" --set=size="$size" --set=sha256="$sha256" << 'SQL'
insert into database_backups (made_at, location, size_bytes, sha256, migrations_head)
select :'made_at'::timestamptz, :'file', :size, :'sha256', (select max(name) from mikro_orm_migrations);
SQL
else
  echo 'not recorded: this database has no table database_backups yet'
fi

# Before anything is removed: what could not be copied elsewhere must not push out what was.
if [ -n "${BACKUP_HOOK:-}" ]; then
  if ! BACKUP_FILE="$file" bash -c "$BACKUP_HOOK"; then
    echo "BACKUP_HOOK failed: $file is on this machine only" >&2
    exit 1
  fi
  echo "BACKUP_HOOK took $file"
fi

# What a broken-off backup left, and what is older than the newest; names sort as times do.
find "$directory" -maxdepth 1 -name '*.part' -mmin +1440 -delete
find "$directory" -maxdepth 1 -name "$PGDATABASE-*.dump" | sort | head -n "-$keep" | while read -r old; do
  rm -- "$old"
  if [ "$has_table" = t ]; then sql --set=file="$old" <<< "delete from database_backups where location = :'file'"; fi
  echo "removed $old"
done
