/** Ethernet's own, which the kernel gives devices unasked. */
const ETHERNET_MTU = 1500;

/** The MTU of an agent's own devices on a network, in bytes. A server says 0 where it was not told what the wires carry (`global_physnet_mtu = 0`). */
export function linkMtu(mtu: number): number {
  return mtu > 0 ? mtu : ETHERNET_MTU;
}
