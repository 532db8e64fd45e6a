import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '@neutrino/lib/json';
import type { DhcpNetwork, DhcpPort, DhcpSubnet } from '@neutrino/lib/rpc/payloads';
import type { Transport } from '@neutrino/lib/rpc/messaging';
import { topics } from '@neutrino/lib/rpc/topics';

export const AGENT_HOST = 'test-host';

/** A server that knows what the test gives it and answers the agents' calls from that. */
export interface ScriptedServer extends AsyncDisposable {
  readonly networks: Map<string, DhcpNetwork>;
  /** Port ids by call of `dhcp_ready_on_ports`. */
  readonly ready: string[][];
  readonly reports: JsonObject[];
  /** Names of the methods called so far. */
  readonly calls: string[];
  putPort(port: DhcpPort): Promise<void>;
  deletePort(networkId: string, portId: string): Promise<void>;
  notify(method: string, payload: JsonObject): Promise<void>;
}

export async function scriptedServer(transport: Transport): Promise<ScriptedServer> {
  const networks = new Map<string, DhcpNetwork>();
  const ready: string[][] = [];
  const reports: JsonObject[] = [];
  const calls: string[] = [];
  const networkOf = (id: Json | undefined): DhcpNetwork => {
    const network = networks.get(String(id));
    if (network === undefined) throw new Error(`the test has no network ${String(id)}`);
    return network;
  };
  const replacePort = (port: DhcpPort): void => {
    const network = networkOf(port.network_id);
    networks.set(network.id, { ...network, ports: [...network.ports.filter((other) => other.id !== port.id), port] });
  };
  const allocate = (network: DhcpNetwork, wanted: readonly { subnet_id: string; ip_address?: string }[]): DhcpPort['fixed_ips'] =>
    wanted.map(({ subnet_id, ip_address }) => {
      const subnet = network.subnets.find((candidate) => candidate.id === subnet_id);
      if (subnet === undefined) throw new Error(`the test has no subnet ${subnet_id}`);
      return { subnet_id, ip_address: ip_address ?? `${subnet.cidr.replace(/(\.0|:)\/\d+$/, subnet.ip_version === 4 ? '.2' : ':2')}` };
    });
  const methods: Record<string, (args: JsonObject) => Json> = {
    get_active_networks_info: () => [...networks.values()] as unknown as Json,
    get_network_info: ({ network_id }) => (networks.get(String(network_id)) ?? null) as unknown as Json,
    create_dhcp_port: ({ port }) => {
      const body = (port as { port: JsonObject }).port;
      const network = networkOf(body['network_id']);
      const created = testPort(network, {
        device_id: String(body['device_id']),
        device_owner: 'network:dhcp',
        fixed_ips: allocate(network, body['fixed_ips'] as unknown as DhcpPort['fixed_ips']),
      });
      replacePort(created);
      return created as unknown as Json;
    },
    update_dhcp_port: ({ port_id, port }) => {
      const body = (port as { port: JsonObject }).port;
      const network = networkOf(body['network_id']);
      const known = network.ports.find((candidate) => candidate.id === port_id);
      if (known === undefined) return null;
      const fixedIps = body['fixed_ips'] as unknown as DhcpPort['fixed_ips'] | undefined;
      const updated = { ...known, ...(fixedIps === undefined ? {} : { fixed_ips: allocate(network, fixedIps) }) };
      replacePort(updated);
      return updated as unknown as Json;
    },
    release_dhcp_port: ({ network_id, device_id }) => {
      const network = networks.get(String(network_id));
      if (network !== undefined) networks.set(network.id, { ...network, ports: network.ports.filter((port) => port.device_id !== device_id) });
      return null;
    },
    dhcp_ready_on_ports: ({ port_ids }) => {
      ready.push(port_ids as string[]);
      return null;
    },
    get_ports: ({ filters }) => {
      const { network_id, fixed_ips, mac_address } = filters as { network_id: string[]; fixed_ips?: { ip_address: string[] }; mac_address?: string[] };
      return [...networks.values()]
        .filter((network) => network_id.includes(network.id))
        .flatMap((network) => network.ports)
        .filter((port) => mac_address?.includes(port.mac_address) ?? true)
        .filter((port) => fixed_ips === undefined || port.fixed_ips.some((ip) => fixed_ips.ip_address.includes(ip.ip_address))) as unknown as Json;
    },
  };
  const counted = Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      (_context: JsonObject, args: JsonObject) => {
        calls.push(name);
        return method(args);
      },
    ]),
  );
  const listeners = await Promise.all([
    transport.listen({ topic: topics.plugin, server: 'server', endpoints: [{ version: '1.10', methods: counted }] }),
    transport.listen({
      topic: topics.reports,
      server: 'server',
      endpoints: [{ version: '1.4', methods: { report_state: (_context, args) => (reports.push(args['agent_state'] as JsonObject), 'alive') } }],
    }),
  ]);
  const notify = (method: string, payload: JsonObject): Promise<void> =>
    transport.cast({}, { topic: topics.dhcpAgent, server: AGENT_HOST, version: '1.0' }, method, { payload });
  return {
    networks,
    ready,
    reports,
    calls,
    notify,
    async putPort(port) {
      const known = networkOf(port.network_id).ports.some((other) => other.id === port.id);
      replacePort(port);
      await notify(known ? 'port_update_end' : 'port_create_end', { port: port as unknown as JsonObject });
    },
    async deletePort(networkId, portId) {
      const network = networkOf(networkId);
      networks.set(networkId, { ...network, ports: network.ports.filter((port) => port.id !== portId) });
      await notify('port_delete_end', { network_id: networkId, port_id: portId, fixed_ips: [] });
    },
    async [Symbol.asyncDispose]() {
      for (const listener of listeners) await listener[Symbol.asyncDispose]();
    },
  };
}

export function testNetwork(...subnets: readonly (Partial<DhcpSubnet> & { cidr: string })[]): DhcpNetwork {
  const id = randomUUID();
  return {
    id,
    tenant_id: 'project',
    admin_state_up: true,
    mtu: 1450,
    subnets: subnets.map((subnet) => ({
      id: randomUUID(),
      name: '',
      network_id: id,
      tenant_id: 'project',
      ip_version: 4,
      gateway_ip: null,
      enable_dhcp: true,
      ipv6_ra_mode: null,
      ipv6_address_mode: null,
      dns_nameservers: [],
      host_routes: [],
      allocation_pools: [],
      ...subnet,
    })),
    non_local_subnets: [],
    ports: [],
  };
}

let lastMac = 0;

export function testPort(network: DhcpNetwork, port: Partial<DhcpPort>): DhcpPort {
  lastMac += 1;
  return {
    id: randomUUID(),
    name: '',
    network_id: network.id,
    tenant_id: 'project',
    mac_address: `fa:16:3e:00:00:${lastMac.toString(16).padStart(2, '0')}`,
    admin_state_up: true,
    device_id: randomUUID(),
    device_owner: 'compute:nova',
    fixed_ips: [],
    extra_dhcp_opts: [],
    ...port,
  };
}

/** A port with this address in the network's first subnet. */
export function instancePort(network: DhcpNetwork, address: string, port: Partial<DhcpPort> = {}): DhcpPort {
  return testPort(network, { fixed_ips: [{ subnet_id: network.subnets[0]?.id ?? '', ip_address: address }], ...port });
}
