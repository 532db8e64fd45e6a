import { IpAddressGenerationFailureNoMatchingSubnet } from '@neutrino/lib/exceptions/ip-allocation';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { IpamSubnet } from './ipam-subnet.ts';

interface Addressee {
  readonly networkId: string;
  readonly deviceOwner: string;
}

/**
 * The subnets that a port of that owner may have addresses of: those for such ports, and after them those for any. A
 * DHCP server has one in every subnet that it serves.
 */
export function servingSubnets({ deviceOwner }: Addressee, subnets: readonly IpamSubnet[]): readonly IpamSubnet[] {
  const own = subnets.filter(({ serviceTypes, enableDhcp }) => serviceTypes.includes(deviceOwner) || (serviceTypes.length > 0 && enableDhcp && deviceOwner === 'network:dhcp'));
  return [...own, ...subnets.filter(({ serviceTypes }) => serviceTypes.length === 0)];
}

/** As servingSubnets. Throws where the network has subnets, but none for such ports. */
export function subnetsForPort(port: Addressee, subnets: readonly IpamSubnet[]): readonly IpamSubnet[] {
  const serving = servingSubnets(port, subnets);
  if (serving.length > 0 || subnets.length === 0) return serving;
  throw new NeutronError(IpAddressGenerationFailureNoMatchingSubnet, { network_id: port.networkId, service_type: port.deviceOwner });
}
