#!/bin/busybox sh
# The first process of an instance that Nova boots: asks for an address and for its metadata, says on its console what it got, and stays.
/bin/busybox mkdir -p /proc /sys /dev /etc /tmp
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "/modules/$module"; done </modules/order
cat >/lease <<'S'
#!/bin/busybox sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip addr flush dev "$interface"
ip addr add "$ip/$mask" dev "$interface"
[ -z "$mtu" ] || ip link set "$interface" mtu "$mtu"
set -- $staticroutes
while [ $# -ge 2 ]; do ip route replace "$1" via "$2" dev "$interface" onlink; shift 2; done
echo "GUEST address $ip/$mask server $serverid mtu $mtu" >/dev/console
S
chmod +x /lease
{
  echo "GUEST mac $(cat /sys/class/net/eth0/address)"
  ip link set lo up
  ip link set eth0 up
  udhcpc -i eth0 -s /lease -n -q -t 10 -T 2 -O 121 -O mtu >/dev/null 2>&1 || echo 'GUEST no address'
  for path in latest/meta-data/instance-id openstack/latest/meta_data.json; do
    tries=0
    while ! wget -q -O /answer "http://169.254.169.254/$path" && [ $tries -lt 5 ]; do tries=$((tries + 1)); sleep 1; done
    echo "GUEST metadata $path $(cat /answer)"
    rm -f /answer
  done
  echo 'GUEST done'
} >/dev/console 2>&1
while :; do sleep 3600; done
