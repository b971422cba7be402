#!/usr/bin/env bash
# Backs up at fixed times for as long as it runs. Run by the service `backup-schedule` of docker-compose.prod.yaml.
#   backup-schedule.sh          the loop
#   backup-schedule.sh health   its health check: fails when the last attempt failed, or no backup came when one was due
#
# BACKUP_AT             a time of day in UTC, HH:MM; the others are counted from it
# BACKUP_EVERY_MINUTES  how far they are from each other
set -euo pipefail
here="$(dirname "${BASH_SOURCE[0]}")"
every=$((${BACKUP_EVERY_MINUTES:-1440} * 60))
at="${BACKUP_AT:-03:00}"
# Read as decimal: 08 and 09 would be wrong octal numbers.
first=$((10#${at%:*} * 3600 + 10#${at#*:} * 60))
# In memory: they record this container's attempts.
started=/tmp/backup-schedule-started failed=/tmp/backup-failed
# A failed attempt is repeated before its next time comes.
retry=900
# How long a backup may take before the health check misses it.
grace=3600

newest() {
  local time
  time="$(find /backups -maxdepth 1 -name "$PGDATABASE-*.dump" -printf '%T@\n' | sort -n | tail -n 1)"
  echo "${time%.*}"
}

if [ "${1:-}" = health ]; then
  if [ -e "$failed" ]; then
    cat "$failed"
    exit 1
  fi
  # What was due before the start is being made up for.
  last="$(newest)"
  since="$(stat --format=%Y "$started")"
  if [ "${last:-0}" -lt "$since" ]; then last="$since"; fi
  age=$(($(date +%s) - last))
  if [ "$age" -gt $((every + grace)) ]; then
    echo "the newest backup is $age seconds old"
    exit 1
  fi
  exit 0
fi

attempt() {
  if bash "$here/backup.sh"; then
    rm -f "$failed"
  else
    echo "the backup of $(date -u +%FT%TZ) failed, see the log" | tee "$failed" >&2
  fi
}

touch "$started"
# One that was due while nothing ran is made up for.
last="$(newest)"
if [ $(($(date +%s) - ${last:-0})) -ge "$every" ]; then attempt; fi
while true; do
  now="$(date +%s)"
  # The time of day, counted on or back by whole intervals, that comes next.
  offset=$((first % every))
  next=$(((now - offset) / every * every + every + offset))
  if [ -e "$failed" ] && [ $((now + retry)) -lt "$next" ]; then next=$((now + retry)); fi
  echo "the next backup is made at $(date -u --date="@$next" +%FT%TZ)"
  sleep $((next - now))
  attempt
done
