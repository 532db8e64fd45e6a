#!/bin/busybox sh
# The guest's first process. The root is the machine's, read-only, with a layer over it that takes what is written: memory, or a disk.
b=/bin/busybox
$b mkdir -p /proc /sys /dev /machine /layer
$b mount -t proc proc /proc
$b mount -t devtmpfs dev /dev
while read -r module; do $b insmod "/modules/$module"; done </modules/order
argument() { for word in $($b cat /proc/cmdline); do case $word in "$1="*) echo "${word#*=}" ;; esac; done; }
share=trans=virtio,version=9p2000.L,msize=512000
results=$(argument results)
$b mount -t 9p -o $share,cache=loose,ro machine /machine || $b reboot -f
disk=$(argument disk)
if [ -n "$disk" ]; then $b mount -t ext4 "$disk" /layer || $b reboot -f; else $b mount -t tmpfs -o size=80% layer /layer; fi
$b mkdir -p /layer/changes /layer/work /layer/root
$b mount -t overlay -o lowerdir=/machine,upperdir=/layer/changes,workdir=/layer/work root /layer/root
$b mkdir -p "/layer/root$results"
$b mount -t 9p -o $share,cache=none results "/layer/root$results" || $b reboot -f
# The kernel looks for modules in the first process's root, so that itself changes it.
exec $b switch_root /layer/root /bin/sh "$results/inside.sh" "$results" "$(argument modules)"
