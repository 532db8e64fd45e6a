import { unpackedPackages } from '../support/unpacked-packages.ts';

/** Debian's Nova with Placement and Glance, and libvirt to run instances with qemu. */
const PACKAGES = [
  'nova-api', 'nova-conductor', 'nova-scheduler', 'nova-compute', 'placement-api', 'glance-api',
  'libvirt-daemon', 'libvirt-daemon-driver-qemu', 'libvirt-clients', 'python3-libvirt', 'qemu-utils',
];

/** For booting machines, disks over the network, firmware, and drawing graphs. */
const WITHOUT = /^(systemd|libsystemd|libpam-systemd|libnss-systemd|udev|libudev|open-iscsi|libopeniscsiusr|libvirt-daemon-system|libvirt-daemon-config|nova-compute-kvm|ovmf|swtpm|fdisk|vlan|graphviz|lib(gvc|gvpr|cgraph|cdt|pathplan|gts|ann|lab-gamut)|python3-(mypy|numpy)|libboost|librgw|libgf|libgluster|lib(blas|lapack)3)/;

/** The folder with their files. Throws where they cannot be had. */
export function novaPackages(): string {
  return unpackedPackages({ name: 'nova', packages: PACKAGES, without: WITHOUT });
}
