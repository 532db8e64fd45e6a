import type { JsonObject } from '@neutrino/lib/json';
import type { Instance } from '../support/hosts/instance.ts';
import type { LabHost } from '../support/hosts/lab-host.ts';
import type { TwoHostsLab } from '../support/hosts/two-hosts-lab.ts';
import type { Verdict } from './verification.ts';

/** The provider's network of the guide: flat, and the hosts' own; with routers, where they lead to. Gives its id. */
export async function createProviderNetwork({ admin }: TwoHostsLab, more: JsonObject = {}): Promise<string> {
  const { network } = (await admin.request('POST', '/v2.0/networks', {
    network: { name: 'provider', shared: true, 'provider:network_type': 'flat', 'provider:physical_network': 'provider', ...more },
  })) as { network: JsonObject };
  const id = String(network['id']);
  await admin.request('POST', '/v2.0/subnets', {
    subnet: {
      network_id: id, name: 'provider-subnet', ip_version: 4, cidr: '192.168.56.0/24', gateway_ip: '192.168.56.1', dns_nameservers: ['192.168.56.1'],
      allocation_pools: [{ start: '192.168.56.100', end: '192.168.56.199' }],
    },
  });
  return id;
}

/** Plugs an instance in, and boots it until it has its address. */
export async function bootOn(lab: TwoHostsLab, host: LabHost, networkId: string, name: string): Promise<Instance> {
  const instance = await lab.plugIn(host, networkId, { name });
  await instance.untilActive();
  await instance.boot();
  await instance.untilLeased();
  return instance;
}

/** Whether an instance reads its metadata, and reaches all others and the hosts. */
export async function verifyInstance(lab: TwoHostsLab, instance: Instance, others: readonly Instance[]): Promise<readonly Verdict[]> {
  const { name } = instance.record;
  const answers = async (what: string, argv: readonly [string, ...string[]], expected = ''): Promise<Verdict> => {
    const { code, stdout } = await instance.run(argv, { accept: [1, 2, 7, 28] });
    return { what: `${name} ${what}`, ...(code === 0 && stdout.includes(expected) ? {} : { wrong: stdout.trim() || 'no answer' }) };
  };
  const ping = (address: string): readonly [string, ...string[]] => ['ping', '-n', '-c1', '-w30', address];
  return [
    await answers('reads its metadata', ['curl', '-sS', '--max-time', '60', 'http://169.254.169.254/openstack/latest/meta_data.json'], instance.record.id),
    ...(await Promise.all([
      ...others.map((other) => answers(`reaches ${other.record.name} on ${other.host.name}`, ping(other.address))),
      ...lab.hosts.map((host) => answers(`reaches the host ${host.name}`, ping(host.address))),
      answers('reaches the gateway', ping('192.168.56.1')),
    ])),
  ];
}
