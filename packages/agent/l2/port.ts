import type { AllowedAddressPair, DeviceDetails, SecurityGroupDevice } from '@neutrino/lib/rpc/payloads';

/** A port of this host as the server describes it. */
export interface Port {
  readonly details: DeviceDetails;
  /** What `security_group_info_for_devices` says; absent for a trusted port, or where the server has not said. */
  readonly security?: SecurityGroupDevice;
}

/** Neutron's own ports (DHCP, routers) are not filtered. A local IP belongs to instances. */
function isTrusted(details: DeviceDetails): boolean {
  return details.device_owner.startsWith('network:') && details.device_owner !== 'network:local_ip';
}

/** Whether addresses and traffic of the port are held to what the server says. */
export function isFiltered(port: Port): boolean {
  return port.details.port_security_enabled && !isTrusted(port.details);
}

/** Pairs of address (or prefix) and MAC that the port may send from: its own, then the allowed pairs. */
export function allowedSources(details: DeviceDetails): readonly AllowedAddressPair[] {
  const own = details.fixed_ips.map(({ ip_address }) => ({ ip_address, mac_address: details.mac_address }));
  return [...own, ...details.allowed_address_pairs];
}
