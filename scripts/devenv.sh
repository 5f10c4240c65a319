# Where the development set-up keeps what it makes, and how it speaks. Sourced by the other scripts.
# shellcheck shell=bash

# Outside the checkout, so that a fresh clone is warm. Root's lies where every uid can reach it: tests as root start
# notebook servers under other uids, and those execute the Python environment kept here.
if [ -z "${HUBTEST_CACHE:-}" ]; then
  if [ "$(id -u)" = 0 ]; then
    HUBTEST_CACHE=/var/cache/atrium-dev
  else
    HUBTEST_CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/atrium-dev"
  fi
fi
export HUBTEST_CACHE

# step says what is being done, one line each.
step() { printf 'setup: %s\n' "$*" >&2; }

# die ends the script with one sentence that says what to do.
die() {
  printf 'setup: error: %s\n' "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# only_one holds a lock until the script ends, so that two checkouts do not fill the cache at once.
only_one() {
  umask 022
  mkdir -p "$HUBTEST_CACHE"
  have flock || return 0
  exec 9>"$HUBTEST_CACHE/$1.lock"
  flock -n 9 || { step "waiting for another set-up to finish" && flock 9; }
}
