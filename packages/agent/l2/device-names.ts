import { createHash } from 'node:crypto';

/** The kernel takes 15 characters; Neutron, OVS and Nova agree on 14, and on 11 of an id. */
const ID_LENGTH = 11;
const LONGEST_NAME = 15;
const LONGEST_VLAN_SUFFIX = '.4094'.length;
const HASH_LENGTH = 6;

const tapPattern = /^tap[0-9a-f]{8}-[0-9a-f]{2}$/;

/** The device of a port, as Nova and the DHCP agent name it. */
export function tapName(portId: string): string {
  return `tap${portId.slice(0, ID_LENGTH)}`;
}

/** Whether a device is named like a port's. Others' taps (`tap0`) are none of our business. */
export function isTapName(name: string): boolean {
  return tapPattern.test(name);
}

export function bridgeName(networkId: string): string {
  return `brq${networkId.slice(0, ID_LENGTH)}`;
}

export function vxlanName(vni: number): string {
  return `vxlan-${vni}`;
}

/**
 * The VLAN sub-interface of a physical interface: `eth0.100`, or, where that is too long for the kernel,
 * the beginning of the interface's name and six digits of its SHA-1, as Neutron names it.
 */
export function vlanName(physicalInterface: string, vlan: number): string {
  const suffix = `.${vlan}`;
  if (physicalInterface.length + suffix.length <= LONGEST_NAME) return physicalInterface + suffix;
  const longest = LONGEST_NAME - LONGEST_VLAN_SUFFIX;
  if (physicalInterface.length <= longest) return physicalInterface + suffix;
  const hash = createHash('sha1').update(physicalInterface).digest('hex').slice(0, HASH_LENGTH);
  return physicalInterface.slice(0, longest - HASH_LENGTH) + hash + suffix;
}
