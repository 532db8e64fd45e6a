# The guest's first process once its root is the machine's. $1: the folder shared with the machine, $2: the kernel's modules.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root NEUTRINO_GUEST=yes
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/shm /dev/pts /dev/net
mount -t tmpfs shm /dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts
ln -s /proc/self/fd /dev/fd
[ -e /dev/net/tun ] || mknod /dev/net/tun c 10 200
mount -t tmpfs run /run
mkdir -p /run/lock /run/netns
mount -t cgroup2 cgroup /sys/fs/cgroup
mkdir -p /lib/modules
mount --bind "$2" /lib/modules
ip link set lo up
sh "$1/command" </dev/null >"$1/stdout" 2>"$1/stderr"
echo $? >"$1/status"
sync
exec busybox reboot -f
