import type { JsonObject } from '@neutrino/lib/json';
import type { Instance } from '../support/hosts/instance.ts';
import type { LabHost } from '../support/hosts/lab-host.ts';
import type { Make } from '../support/hosts/neutron-programs.ts';
import type { TwoHostsLab } from '../support/hosts/two-hosts-lab.ts';
import { bootOn } from './guests.ts';
import { agentRows, type Verdict } from './verification.ts';

/** The files of the guide, with what "Routers" in docs/install.md adds to them. */
export function withRouters(host: LabHost, file: string, text: string): string {
  switch (file) {
    case 'neutron.conf':
      return text.replace(/^service_plugins.*$/m, 'service_plugins = router');
    case 'ml2_conf.ini':
      return `${text.replace(/^type_drivers.*$/m, 'type_drivers = flat,vlan,vxlan').replace(/^tenant_network_types.*$/m, 'tenant_network_types = vxlan')}\n[ml2_type_vxlan]\nvni_ranges = 1:1000\n`;
    case 'linuxbridge_agent.ini':
      return text.replace(/^enable_vxlan.*$/m, `enable_vxlan = true\nlocal_ip = ${host.address}`);
    default:
      return text;
  }
}

/** The L3 agent beside the others of the controller. */
export async function startRouting(lab: TwoHostsLab, make: Make): Promise<void> {
  lab.controller.write('/etc/neutron/l3_agent.ini', '[DEFAULT]\ninterface_driver = linuxbridge\n');
  await lab.start(lab.controller, 'neutron-l3-agent', make);
}

export interface RoutedNetwork {
  readonly id: string;
  readonly routerId: string;
  readonly instances: readonly Instance[];
  readonly floatingIp: { readonly id: string; readonly address: string; readonly instance: Instance };
}

/** A network of its own behind a router to the provider's network, with an instance on each host; the first has a floating IP. */
export async function createRoutedNetwork(lab: TwoHostsLab, external: string): Promise<RoutedNetwork> {
  const make = async (resource: string, body: JsonObject): Promise<JsonObject> => (await lab.admin.request('POST', `/v2.0/${resource.replaceAll('_', '-')}s`, { [resource]: body }))[resource] as JsonObject;
  const id = String((await make('network', { name: 'selfservice' }))['id']);
  const { id: subnetId } = await make('subnet', { network_id: id, name: 'selfservice', ip_version: 4, cidr: '172.16.1.0/24', dns_nameservers: ['192.168.56.1'] });
  const routerId = String((await make('router', { name: 'router', external_gateway_info: { network_id: external } }))['id']);
  await lab.admin.request('PUT', `/v2.0/routers/${routerId}/add_router_interface`, { subnet_id: subnetId });
  const instances = await Promise.all(lab.hosts.map((host, index) => bootOn(lab, host, id, `inside-${index + 1}`)));
  const [instance] = instances as [Instance, ...Instance[]];
  // Of the project's default group, which lets nobody in from outside.
  const [group] = instance.port['security_groups'] as readonly string[];
  await make('security_group_rule', { security_group_id: group, direction: 'ingress', protocol: 'icmp' });
  const floating = await make('floatingip', { floating_network_id: external, port_id: String(instance.port['id']) });
  return { id, routerId, instances, floatingIp: { id: String(floating['id']), address: String(floating['floating_ip_address']), instance } };
}

/** Whether instances inside reach each other, their metadata and the outside, and the outside reaches the one with the floating IP. */
export async function verifyRouting(lab: TwoHostsLab, { instances, floatingIp }: RoutedNetwork): Promise<readonly Verdict[]> {
  const verdict = (what: string, isSo: boolean): Verdict => ({ what, ...(isSo ? {} : { wrong: 'it is not' }) });
  const ping = (address: string): readonly [string, ...string[]] => ['ping', '-n', '-c1', '-w20', address];
  const reaches = async (from: Instance, what: string, address: string): Promise<Verdict> => verdict(`${from.record.name} reaches ${what}`, (await from.run(ping(address), { accept: [1, 2] })).code === 0);
  const agent = `L3 agent | ${lab.controller.name} | nova | :-) | neutron-l3-agent`;
  const fromOutside = await lab.underlay.run(ping(floatingIp.address), { accept: [1, 2] });
  const status = async (): Promise<unknown> => ((await lab.admin.request('GET', `/v2.0/floatingips/${floatingIp.id}`))['floatingip'] as JsonObject)['status'];
  return [
    verdict(agent, (await agentRows(lab, "the project's own client")).includes(agent)),
    ...(await Promise.all(instances.flatMap((from) => [
      ...instances.filter((other) => other !== from).map((other) => reaches(from, `${other.record.name} on ${other.host.name}`, other.address)),
      reaches(from, 'the outside, 192.168.56.1', '192.168.56.1'),
    ]))),
    ...(await Promise.all(instances.map(async ({ record, run }) => {
      const { stdout } = await run(['curl', '-sS', '--max-time', '10', 'http://169.254.169.254/openstack/latest/meta_data.json'], { accept: [7, 28] });
      return verdict(`${record.name} reads its metadata`, stdout.includes(record.id));
    }))),
    verdict(`the outside reaches ${floatingIp.instance.record.name} at ${floatingIp.address}`, fromOutside.code === 0),
    verdict(`the floating IP ${floatingIp.address} is ACTIVE`, (await status()) === 'ACTIVE'),
  ];
}
