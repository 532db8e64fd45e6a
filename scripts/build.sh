#!/bin/sh
# Compiles every package to JavaScript, only what changed anew, and joins each program's modules into few files.
# Two builds at once wait for each other. `build.sh PROGRAM` does nothing where that program is there by then. The
# stamp is there only while the whole build is.
set -eu
cd "$(dirname -- "$0")/.."
[ -x node_modules/.bin/tsc ] && [ -x node_modules/.bin/rolldown ] || { echo "build: npm packages are missing in $PWD: run 'make setup' there" >&2; exit 1; }
mkdir -p .cache
exec 9>.cache/build.lock
flock 9
stamp=.cache/build-complete
if [ -e "$stamp" ]; then
  if [ -n "${1-}" ] && [ -e "$1" ]; then exit 0; fi
else
  echo 'Compiling …'
fi
rm -f "$stamp"
PATH=$PWD/node_modules/.bin:$PATH
tsc -b
# Its list of what it wrote is of no use here; what went wrong goes to standard error.
rolldown -c scripts/rolldown.config.ts --log-level warn >/dev/null
: >"$stamp"
