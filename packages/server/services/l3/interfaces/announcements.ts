import type { JsonObject } from '@neutrino/lib/json';
import { textOf } from '../../../plugins/ml2/request-values.ts';
import { badRequest } from '../attached-subnets.ts';
import type { Attachment } from '../attachments.ts';
import { isInterface } from '../l3.ts';

/** Hosts of such a subnet hear another router. */
export function checkAnnouncements(subnet: JsonObject): void {
  if (subnet['ip_version'] !== 6 || subnet['ipv6_ra_mode'] !== null || subnet['ipv6_address_mode'] === null) return;
  throw badRequest(`IPv6 subnet ${textOf(subnet, 'id', '')} configured to receive RAs from an external router cannot be added to Neutron Router.`);
}

/** The port that announces the IPv6 prefixes of a network: one port does for all of them. */
export function ipv6Port(attachments: readonly Attachment[], networkId: string): Attachment | undefined {
  return attachments.find(({ type, networkId: own, addresses }) => isInterface(type) && own === networkId && addresses.some(({ cidr }) => cidr.version === 6));
}
