#!/usr/bin/env bash
# Removes the server's images from this machine, but for the one that runs and the one before. Run in the folder of the
# deployment after a deploy; images of anything else are not touched.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

kept=''
for file in .env previous/.env; do
  image="$(sed -n 's/^IMAGE=//p' "$file" 2> /dev/null | tail -n 1)"
  if [ -n "$image" ]; then kept+="$(docker image inspect --format '{{.Id}}' "$image" 2> /dev/null || true) "; fi
done
# Without knowing what runs, nothing may go.
if [ -z "${kept// /}" ]; then
  echo 'the image that .env names is not on this machine: nothing is removed' >&2
  exit 1
fi
for image in $(docker image ls --quiet --no-trunc --filter label=auto-forex.migrations-head | sort -u); do
  # One that another container uses, or that has several names, stays.
  case " $kept" in
    *" $image "*) ;;
    *) docker image rm "$image" || true ;;
  esac
done
