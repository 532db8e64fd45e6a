import type { Session } from '@neutrino/client/session';
import type { JsonObject } from '@neutrino/lib/json';

/** A network with a subnet, a security group that lets pings in, and a port for each address. */
export interface Wiring {
  readonly network: string;
  readonly subnet: string;
  readonly group: string;
  readonly ports: readonly string[];
}

export async function wire(session: Session, name: string, cidr: string, addresses: readonly string[]): Promise<Wiring> {
  const network = await make(session, 'network', { name });
  const subnet = await make(session, 'subnet', { network_id: network, name, ip_version: 4, cidr });
  const group = await make(session, 'security_group', { name });
  await make(session, 'security_group_rule', { security_group_id: group, direction: 'ingress', ethertype: 'IPv4', protocol: 'icmp' });
  const ports: string[] = [];
  for (const [index, address] of addresses.entries()) {
    ports.push(await make(session, 'port', {
      network_id: network, name: `${name}-${index + 1}`, security_groups: [group],
      fixed_ips: [{ subnet_id: subnet, ip_address: address }],
    }));
  }
  return { network, subnet, group, ports };
}

export async function unwire(session: Session, { network, group, ports }: Wiring): Promise<void> {
  for (const port of ports) await session.request('DELETE', `/v2.0/ports/${port}`);
  await session.request('DELETE', `/v2.0/networks/${network}`);
  await session.request('DELETE', `/v2.0/security-groups/${group}`);
}

/** Creates one of its kind, and resolves to its id. */
export async function make(session: Session, kind: string, body: JsonObject): Promise<string> {
  const answer = await session.request('POST', `/v2.0/${kind.replaceAll('_', '-')}s`, { [kind]: body });
  return String((answer[kind] as JsonObject)['id']);
}
