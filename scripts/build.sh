#!/bin/sh
# Compiles every package to JavaScript. Only what changed is compiled again; two builds at once wait for
# each other. The stamp is there only while the whole build is.
set -eu
cd "$(dirname -- "$0")/.."
mkdir -p .cache
exec 9>.cache/build.lock
flock 9
PATH=$PWD/node_modules/.bin:$PATH
stamp=.cache/build-complete
if [ ! -e "$stamp" ]; then echo 'Compiling …'; fi
rm -f "$stamp"
tsc -b
: >"$stamp"
