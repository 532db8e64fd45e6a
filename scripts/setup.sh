#!/bin/sh
# Brings a machine to the point where Neutrino can be built and run: Debian packages and npm packages.
# `setup.sh` installs what running needs, `setup.sh tests` also what the tests need.
# Nothing is done where nothing is missing, and that takes milliseconds.
set -eu
cd "$(dirname -- "$0")/.."
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() { echo "setup: $*" >&2; }

# command:package, the command (or the path) being how we see that the package (or an equal of it) is there
for_running='ip:iproute2 nsenter:util-linux dnsmasq:dnsmasq-base iptables-restore:iptables ipset:ipset conntrack:conntrack nft:nftables radvd:radvd keepalived:keepalived udhcpc:udhcpc ping:iputils-ping arping:iputils-arping'
for_tests='chromium:chromium openstack:python3-openstackclient neutron:python3-neutronclient keystone-wsgi-public:keystone rabbitmq-server:rabbitmq-server memcached:memcached mariadbd:mariadb-server /usr/lib/postgresql:postgresql openssl:openssl python3:python3 /usr/lib/python3/dist-packages/openstack:python3-openstacksdk /usr/lib/python3/dist-packages/oslo_messaging:python3-oslo.messaging /usr/lib/python3/dist-packages/neutron:python3-neutron /usr/bin/neutron-linuxbridge-agent:neutron-common ebtables:ebtables haproxy:haproxy sudo:sudo socat:socat curl:curl pgrep:procps script:bsdutils systemd-analyze:systemd /usr/share/dbus-1/system.conf:dbus tempest:tempest stestr:python3-stestr /usr/lib/python3/dist-packages/neutron_tempest_plugin:neutron-tempest-plugin qemu-system-x86_64:qemu-system-x86 /var/lib/dpkg/info/busybox-static.list:busybox-static cpio:cpio mkfs.ext4:e2fsprogs modprobe:kmod xz:xz-utils'

missing=
for pair in $for_running $([ "${1-}" = tests ] && echo "$for_tests"); do
  command -v "${pair%%:*}" >/dev/null || [ -e "/${pair%%:*}" ] || missing="$missing ${pair#*:}"
done

mkdir -p .cache
exec 9>.cache/setup.lock
if ! flock -n 9; then
  say 'waiting for another setup in this folder'
  flock 9
fi

policy=/usr/sbin/policy-rc.d
mark='# Written by the setup of Neutrino'
drop_policy() { if grep -qs "^$mark" "$policy"; then rm -f "$policy"; fi; }

install_debian() {
  # A package that is installed for its programs must not start a service on this machine. Where the machine
  # has a policy of its own, that one decides. Ours ends with this process, even if it is killed.
  drop_policy
  if [ ! -e "$policy" ]; then
    trap drop_policy EXIT
    trap 'exit 130' INT TERM
    printf '#!/bin/sh\n%s\n[ ! -d /proc/%s ] || exit 101\n' "$mark" "$$" >"$policy"
    chmod 755 "$policy"
  fi
  apt() { DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" </dev/null >>.cache/apt.log 2>&1; }
  say "installing Debian packages:$missing"
  # shellcheck disable=SC2086 # a list of words
  if ! apt install --no-install-recommends $missing; then
    apt update || true
    # shellcheck disable=SC2086
    apt install --no-install-recommends $missing || { tail -n 15 .cache/apt.log >&2; say 'apt-get failed; .cache/apt.log tells all'; return 1; }
  fi
}

if [ -n "$missing" ]; then
  if [ "$(id -u)" != 0 ]; then
    say "not installed, and only root can install them:$missing (what needs them will say so)"
  elif ! command -v apt-get >/dev/null; then
    say "not installed, and this machine has no apt-get; please install by hand:$missing"
  elif ! install_debian; then
    if [ -n "${1-}" ]; then say 'going on; tests that need these packages are skipped'; else exit 1; fi
  fi
fi

# npm writes node_modules/.package-lock.json as the last act of an installation. Where there is one already, it is
# brought up to date in place: `npm ci` would take the files from under programs that run.
installed=node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ package-lock.json -nt "$installed" ]; then
  command -v npm >/dev/null || { say 'npm is not installed (Debian: apt-get install npm)'; exit 1; }
  say 'installing npm packages'
  if [ -e "$installed" ]; then how='install --no-save'; else how=ci; fi
  # shellcheck disable=SC2086 # one or two words
  npm $how --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error </dev/null >&2
  touch "$installed"
fi
