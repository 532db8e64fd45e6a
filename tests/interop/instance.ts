import { fileURLToPath } from 'node:url';
import type { JsonObject } from '@neutrino/lib/json';
import { canonicalIp } from '@neutrino/lib/net/ip';
import type { LabHost } from '../support/hosts/lab-host.ts';
import { endPing } from '../support/ping-record.ts';
import type { NetworkApi } from './network-api.ts';

/** In place of a virtual machine: a namespace on a host with a port's device, plugged as Nova plugs one. */
export interface Instance {
  readonly name: string;
  readonly host: LabHost;
  readonly portId: string;
  readonly deviceId: string;
  readonly tap: string;
  readonly macAddress: string;
  /** The address of the port. */
  readonly address: string;
  /** Whether it gets an address by DHCP, which it then has; and that it is its port's. */
  dhcp(): Promise<string>;
  /** The address that it is given by DHCPv6; nothing where it is given none. */
  dhcp6(): Promise<string | undefined>;
  /** As an instance without DHCP has it. */
  useAddress(prefixLength: number, gateway?: string): Promise<void>;
  /** Of IPv6, where the port has one; the instance makes it itself. */
  readonly address6: string | undefined;
  /** Whether one of a few packets comes back; `from`: an address of its own, the port's or another. */
  reaches(address: string, from?: string): Promise<boolean>;
  /** What the metadata service answers at that path; `by`: its address of IPv4, or of IPv6. */
  metadata(path: string, by?: 4 | 6): Promise<string>;
  /** What an HTTP server says; nothing where it is not reached. */
  fetches(url: string): Promise<string>;
  /** An HTTP server on port 80 that always says that. */
  serves(text: string): Promise<AsyncDisposable>;
  /** Pings the address until the answer is asked for: how many packets were lost, and of how many. */
  pings(address: string): Promise<() => Promise<{ readonly lost: number; readonly sent: number }>>;
  addAddress(address: string): Promise<void>;
  /** As Nova: the device goes, then the port. */
  remove(): Promise<void>;
}

export interface InstanceOptions {
  readonly network: JsonObject;
  readonly groups: readonly string[];
  /** More attributes of the port. */
  readonly port?: JsonObject;
}

const V6_CLIENT = fileURLToPath(import.meta.resolve('../functional/net/dhcp-v6-client.ts'));
const CLIENT_EVENT = fileURLToPath(import.meta.resolve('@neutrino/allinone/service')).replace(/service\.ts$/, 'share/dhcp-client-event');

export async function boot(api: NetworkApi, host: LabHost, name: string, { network, groups, port: more = {} }: InstanceOptions): Promise<Instance> {
  const deviceId = crypto.randomUUID();
  const port = await api.make('ports', { network_id: String(network['id']), name, device_id: deviceId, device_owner: 'compute:nova', 'binding:host_id': host.name, security_groups: groups, ...more });
  if (port['binding:vif_type'] !== 'bridge') throw new Error(`the port of ${name} is not bound: ${String(port['binding:vif_type'])}`);
  const portId = String(port['id']);
  const tap = `tap${portId.slice(0, 11)}`;
  const mtu = String(network['mtu']);
  const addresses = (port['fixed_ips'] as readonly { readonly ip_address: string }[]).map(({ ip_address }) => ip_address);
  const address = addresses.find((each) => !each.includes(':')) ?? '';
  const address6 = addresses.find((each) => each.includes(':'));
  const inside = (...argv: readonly [string, ...string[]]) => host.run(argv, { netns: name, accept: [1, 2, 7, 28], timeoutMs: 60_000 });
  await host.run(['ip', 'netns', 'add', name]);
  await host.run(['ip', 'link', 'add', tap, 'mtu', mtu, 'type', 'veth', 'peer', 'name', 'eth0', 'address', String(port['mac_address']), 'mtu', mtu, 'netns', name]);
  await host.run(['ip', '-n', name, '-batch', '-'], { input: 'link set lo up\nlink set eth0 up\n' });
  // Neutron's agent leaves it to Nova to put an instance's device into the bridge, which it makes where it is missing.
  const bridge = `brq${String(network['id']).slice(0, 11)}`;
  await host.run(['ip', 'link', 'add', bridge, 'type', 'bridge', 'forward_delay', '0', 'mcast_snooping', '0'], { accept: [2] });
  await host.run(['ip', '-batch', '-'], { input: `link set ${bridge} up\nlink set ${tap} master ${bridge} up\n` });
  return {
    name, host, portId, deviceId, tap, address, address6,
    macAddress: String(port['mac_address']),
    async dhcp() {
      const directory = `/run/${name}`;
      host.write(`${directory}/console.log`, '');
      await host.run(['udhcpc', '-f', '-q', '-n', '-i', 'eth0', '-t', '45', '-T', '2', '-O', 'staticroutes', '-s', CLIENT_EVENT], { netns: name, env: { INSTANCE_DIRECTORY: directory }, timeoutMs: 120_000 });
      return (JSON.parse(host.read(`${directory}/lease.json`)) as { readonly address: string }).address;
    },
    async dhcp6() {
      const lease = JSON.parse((await inside(process.execPath, V6_CLIENT)).stdout || 'null') as { readonly address: string } | null;
      return lease === null ? undefined : canonicalIp(lease.address);
    },
    async useAddress(prefixLength, gateway) {
      await host.run(['ip', 'address', 'replace', `${address}/${prefixLength}`, 'dev', 'eth0'], { netns: name });
      if (gateway !== undefined) await host.run(['ip', 'route', 'replace', 'default', 'via', gateway], { netns: name });
    },
    async reaches(to, from) {
      const { code } = await inside('ping', '-n', '-c3', '-i0.3', '-W1', ...(from === undefined ? [] : ['-I', from]), to);
      return code === 0;
    },
    async metadata(path, by = 4) {
      const { stdout, stderr } = await inside('curl', '-g', '-sS', '--max-time', '8', `http://${by === 4 ? '169.254.169.254' : '[fe80::a9fe:a9fe%25eth0]'}${path}`);
      return stdout || stderr;
    },
    async fetches(url) {
      return (await inside('curl', '-sS', '--max-time', '4', url)).stdout;
    },
    serves: (text) => host.start(`http-${name}`, ['ip', 'netns', 'exec', name, process.execPath, '-e', `require('node:http').createServer((q, r) => r.end('${text}')).listen(80)`]),
    async pings(to) {
      const program = await host.start(`ping-${name}`, ['ip', 'netns', 'exec', name, 'ping', '-n', '-i', '0.1', to]);
      return () => endPing(program);
    },
    async addAddress(address) {
      await host.run(['ip', 'address', 'replace', `${address}/24`, 'dev', 'eth0'], { netns: name });
    },
    async remove() {
      await host.run(['ip', 'netns', 'delete', name]);
      await host.run(['ip', 'link', 'delete', tap], { accept: [1] });
      await api.remove('ports', portId);
    },
  };
}
