# The guest's first process once its root is the machine's, when systemd is to follow. $1: the folder shared with the machine,
# $2: the kernel's modules.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
. "$1/settings"
mkdir -p /lib/modules /opt/neutrino /var/log/journal
mount --bind "$2" /lib/modules
mount --bind "$project" /opt/neutrino
# Only the first time: later boots find what earlier ones made of it.
if [ ! -e /etc/made-for-tests ]; then
  : >/etc/made-for-tests
  # What this machine happens to start is not the guest's.
  for wants in /etc/systemd/system/*.wants; do rm -f "$wants"/*; done
  # Else the start of the guest would empty /tmp, of which the machine's is the lower layer.
  ln -sf /dev/null /etc/tmpfiles.d/tmp.conf
  # No terminals, no devices that come and go; each process takes an emulated processor long.
  for unit in getty.target kmod-static-nodes.service modprobe@configfs.service modprobe@dm_mod.service modprobe@drm.service modprobe@fuse.service modprobe@loop.service \
    dev-hugepages.mount dev-mqueue.mount sys-fs-fuse-connections.mount sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
    systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-user-sessions.service systemd-logind.service systemd-modules-load.service; do
    ln -sf /dev/null "/etc/systemd/system/$unit"
  done
  echo "$name" >/etc/hostname
  echo "$hosts" >/etc/hosts
  # As Debian's ifupdown would have it: the address is there before what is after the network.
  cat >/etc/systemd/system/eth0-address.service <<UNIT
[Unit]
Description=The address of eth0
DefaultDependencies=no
After=local-fs.target
Before=network.target network-online.target
Wants=network.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=ip link set eth0 up
ExecStart=ip address add $address/24 dev eth0
[Install]
WantedBy=multi-user.target network-online.target
UNIT
  cat >/etc/systemd/system/guest.target <<UNIT
[Unit]
Description=The guest's program after everything else
Requires=multi-user.target
After=multi-user.target
Wants=guest-program.service
UNIT
  ln -sf ../eth0-address.service /etc/systemd/system/multi-user.target.wants/
fi
# The unit ends with the guest: a program that is killed switches it off as well.
cat >/etc/systemd/system/guest-program.service <<UNIT
[Unit]
Description=The program that the guest was started for
After=multi-user.target
SuccessAction=poweroff
FailureAction=poweroff
[Service]
Environment=NEUTRINO_GUEST=yes HOME=/root
ExecStart=sh -c 'sh $1/command </dev/null >$1/stdout 2>$1/stderr; echo \$\$? >$1/status'
KillMode=mixed
UNIT
# What this machine has in /run would tell systemd that it is in a container.
mount -t tmpfs -o mode=755,nosuid,nodev run /run
exec env -i PATH="$PATH" TERM=dumb /lib/systemd/systemd --unit=guest.target
