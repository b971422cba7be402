#!/usr/bin/env bash
# Makes the secrets of docker-compose.prod.yaml in the folder `secrets` beside it, once:  deploy/make-secrets.sh
# What is there already is never changed.
set -euo pipefail
# Compose mounts each file as it is, so the server's user must be able to read it; on this machine only its owner can
# come through the folder.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
install -d -m 700 secrets
cd secrets

if [ -e database_url ] && [ ! -e postgres_password ]; then
  echo 'secrets/database_url is there and secrets/postgres_password is not: a new password would not agree with it.' >&2
  exit 1
fi

# make NAME TEXT: under another name first, so that none is ever there half-written or readable too late.
make() {
  if [ -e "$1" ]; then
    echo "secrets/$1 is there already"
    return
  fi
  printf '%s' "$2" > "$1.new"
  chmod 644 "$1.new"
  mv -n -- "$1.new" "$1"
  echo "made secrets/$1"
}

make postgres_password "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')"
make database_url "postgresql://forex:$(cat postgres_password)@postgres:5432/forex"
# Empty: migrations use the address above until another one is written here.
make migration_database_url ''
# Empty: no e-mail is sent until the address of a mail server is written here, and MAIL_FROM into .env.
make smtp_url ''
# Empty: there is no /metrics until a token for Prometheus is written here.
make metrics_token ''
# Brokers' tokens are stored with it. Without it they cannot be read: keep a copy where the database's backups are not.
make encryption_keys "first:$(head -c 32 /dev/urandom | base64 | tr -d '\n')"
