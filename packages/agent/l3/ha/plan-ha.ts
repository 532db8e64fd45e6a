import type { Cidr } from '@neutrino/lib/net/cidr';
import { canonicalIp } from '@neutrino/lib/net/ip';
import { eui64Address } from '@neutrino/lib/net/mac';
import type { RouterInfo, RouterPort } from '@neutrino/lib/rpc/router-payloads';
import { linkMtu } from '../../linux/link-mtu.ts';
import { haDevice, tapDevice } from '../device-names.ts';
import type { PlannedDevice, RouterPlan } from '../plan-router.ts';
import type { KeepalivedInstance } from './keepalived-configuration.ts';
import { primaryAddress } from './primary-address.ts';

const linkLocal: Cidr = { version: 6, first: 0xfe80n << 112n, prefixLength: 64 };

/** What the copy of a router on this host is: as Neutron's agents call it in their files. */
export type CopyState = 'primary' | 'backup';

/** The part of a highly available router that copies agree by. A pure value. */
export interface HaPlan {
  readonly routerId: string;
  readonly namespace: string;
  /** By which the copies watch one another. */
  readonly device: PlannedDevice;
  readonly instance: KeepalivedInstance;
}

/** `plan`: the router as if it were this host's alone. Undefined where it is. */
export function planHa(router: RouterInfo, plan: RouterPlan, { ipv6 }: { readonly ipv6: boolean }): HaPlan | undefined {
  const port = router._ha_interface ?? undefined;
  if (router.ha !== true || port === undefined) return undefined;
  const vrId = router.ha_vr_id ?? 0;
  const device = haDevice(port.id);
  return {
    routerId: router.id,
    namespace: plan.namespace,
    device: { name: device, tap: tapDevice(port.id), mac: port.mac_address.toLowerCase(), mtu: linkMtu(port.mtu), addresses: ownAddresses(port), sysctls: new Map(ipv6 ? [[`ipv6/conf/${device}/accept_ra`, '0']] : []) },
    instance: {
      vrId,
      device,
      primaryAddress: primaryAddress(vrId, port.subnets.map(({ cidr }) => cidr)),
      addresses: plan.devices.flatMap(({ name, mac, addresses }) => [
        ...(ipv6 ? [{ address: `${eui64Address(linkLocal, mac)}/64`, device: name }] : []),
        ...addresses.map((address) => ({ address, device: name })),
      ]),
      routes: plan.routes,
    },
  };
}

function ownAddresses(port: RouterPort): readonly string[] {
  return port.fixed_ips.flatMap(({ ip_address: text, prefixlen }) => {
    const address = canonicalIp(text);
    return address === undefined ? [] : [`${address}/${prefixlen}`];
  });
}

/**
 * The namespace of a copy. keepalived gives an active copy its addresses and routes and takes them from one that is not; a pass makes sure of it. A copy that
 * waits must not be heard on the router's networks, where the active one has the same MAC addresses: no address, no advertisements, no IPv6 forwarding, by which
 * it would join multicast groups.
 */
export function planInState(plan: RouterPlan, { device, instance }: HaPlan, state: CopyState, { ipv6 }: { readonly ipv6: boolean }): RouterPlan {
  const isPrimary = state === 'primary';
  return {
    ...plan,
    sysctls: new Map([
      ...plan.sysctls,
      // Where another copy takes over, for a while each sees one direction of a flow. What then looks out of its window would not be translated, and be answered by the router itself, with a reset.
      ['netfilter/nf_conntrack_tcp_be_liberal', '1'],
      // Link-local addresses come and go with the others.
      ...(ipv6 ? ([['ipv6/conf/all/addr_gen_mode', '1'], ['ipv6/conf/all/forwarding', isPrimary ? '1' : '0']] as const) : []),
    ]),
    devices: [
      { ...device, addresses: isPrimary ? [...device.addresses, instance.primaryAddress] : device.addresses },
      ...plan.devices.map((each) => (isPrimary ? each : { ...each, addresses: [], sysctls: withoutAdvertisements(each.sysctls) })),
    ],
    routes: isPrimary ? plan.routes : [],
    advertisements: isPrimary ? plan.advertisements : null,
  };
}

function withoutAdvertisements(sysctls: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...sysctls].map(([name, value]) => [name, name.endsWith('/accept_ra') ? '0' : value]));
}

