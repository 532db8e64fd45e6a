#!/bin/sh
# Every program in bin/ is a symbolic link to this file; the name of the link chooses the program.
# It finds the project and the project's own Node, then gives way to the program (exec). A start must
# cost milliseconds: the usual way through here runs one other process (readlink).
set -eu

fail() { echo "$name: $*" >&2; exit 1; }

program_of() {
  case $1 in
    neutron-server|neutron-db-manage) program=packages/server/dist/cmd/$1.js ;;
    neutron-linuxbridge-agent|neutron-dhcp-agent|neutron-l3-agent|neutron-metadata-agent) program=packages/agent/dist/cmd/$1.js ;;
    neutron) program=packages/client/dist/cmd/neutron.js ;;
    neutrino) program=packages/allinone/dist/cmd/neutrino.js ;;
    *) return 1 ;;
  esac
}

# A link to bin/NAME may have any name of its own: follow the links one by one until one is a program's.
link=$0
name=${link##*/}
until program_of "$name"; do
  [ -L "$link" ] || fail "no such program; the programs are the names in the folder bin/"
  target=$(readlink -- "$link")
  case $target in /*) link=$target ;; *) link=$(dirname -- "$link")/$target ;; esac
  name=${link##*/}
done
root=$(readlink -f -- "$link") && root=${root%/scripts/launch.sh} || fail "cannot find the project behind $0"

node=
for architecture in x64 arm64; do
  candidate=$root/node_modules/node-linux-$architecture/bin/node
  if [ -x "$candidate" ]; then node=$candidate; fi
done
[ -n "$node" ] || fail "the npm packages of $root are not installed (or not readable for this user): run 'make setup' there"

if [ ! -e "$root/$program" ] || [ ! -e "$root/.cache/build-complete" ]; then
  if [ -w "$root/packages" ]; then
    "$root/scripts/build.sh" "$program" >&2 || echo "$name: the build in $root failed" >&2
    [ -e "$root/$program" ] || fail "there is no $root/$program"
  elif [ ! -e "$root/$program" ]; then
    fail "$root is not built, and this user may not write there: run 'make build' as its owner"
  fi
fi

# The same program joined into few files starts in a third of the time. Where something was compiled (tsc -b) or
# installed after it was made, what was compiled is run itself.
joined=packages/allinone/dist/programs/$name.js
for newer in "$root"/packages/*/dist/.tsbuildinfo "$root/package-lock.json"; do
  if [ "$newer" -nt "$root/$joined" ]; then joined=$program; fi
done
if [ -e "$root/$joined" ]; then program=$joined; fi

# V8's compiled code is kept between starts. Node makes a folder per user and version in there.
if [ -z "${NODE_COMPILE_CACHE-}" ]; then
  if [ -w "$root/.cache/compile" ] || { [ -w "$root/.cache" ] && [ ! -e "$root/.cache/compile" ]; }; then
    export NODE_COMPILE_CACHE="$root/.cache/compile"
  elif [ -n "${XDG_CACHE_HOME:-${HOME-}}" ] && [ -w "${XDG_CACHE_HOME:-$HOME}" ]; then
    export NODE_COMPILE_CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/neutrino/compile"
  fi
fi

# ip, dnsmasq and iptables live in the system's own folders, which su leaves out for ordinary users.
export PATH="${PATH-}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"
if [ "$name" = neutron-server ]; then
  # Many answers are buffers: they are given back to the system as soon as they are free, and V8 collects small objects
  # before there are many. A worker is some 60 MiB smaller.
  export MALLOC_MMAP_THRESHOLD_=65536 MALLOC_TRIM_THRESHOLD_=1048576
  exec "$node" --max-semi-space-size=4 "$root/$program" "$@"
fi
case $name in neutron-*-agent)
  # A host has several, and each rests most of the time: little is kept for the next burst, and V8's compilers, for code that runs for
  # seconds, stay out of memory (10 MiB). An agent's passes are too short to be faster by them.
  export MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=65536 MALLOC_TRIM_THRESHOLD_=1048576
  exec "$node" --max-semi-space-size=1 --optimize-for-size --no-opt --no-maglev --no-sparkplug --single-threaded-gc --bytecode-old-age=2 "$root/$program" "$@" ;;
esac
exec "$node" "$root/$program" "$@"
