import { openSession, RequestFailed, type Session } from '@neutrino/client/session';
import type { JsonObject } from '@neutrino/lib/json';
import { ADMIN_PASSWORD } from '../support/hosts/keystone-service.ts';
import type { HostProgram } from '../support/hosts/host-program.ts';
import type { LabHost } from '../support/hosts/lab-host.ts';
import { commandOf, type Make } from '../support/hosts/neutron-programs.ts';
import { openRelay } from '../support/hosts/relay.ts';
import { openTwoHostsLab, type TwoHostsLab } from '../support/hosts/two-hosts-lab.ts';
import { plugInstance, portRequest, type Instance, type InstanceNetwork } from './instances.ts';
import { makeRouting, OUTSIDE, OUTSIDE_MAPPING, routedStreams, ROUTING_HOST, startRoutingHost, type Routing } from './routing.ts';
import type { Stream } from './traffic.ts';

/** A controller and two compute hosts, with instances that talk to one another over VXLAN, through a router, and with the outside. */
export interface Cloud extends AsyncDisposable {
  readonly lab: TwoHostsLab;
  /** One call of the API, at any of its servers: where one does not answer, the next is asked. Rejects after a minute at most. */
  api(method: string, path: string, body?: JsonObject): Promise<JsonObject>;
  readonly networks: readonly InstanceNetwork[];
  readonly routing: Routing;
  /** The group of the instances: they may all talk to one another. */
  readonly group: string;
  readonly instances: readonly Instance[];
  readonly streams: readonly Stream[];
  /** Whether agents are told what is behind which tunnel, or learn it. */
  readonly l2population: boolean;
  /** Starts another server, on the first compute host. */
  startSecondServer(): Promise<HostProgram>;
}

const REQUEST_MS = 60_000;

export interface CloudOptions {
  readonly tell: (text: string) => void;
  readonly l2population?: boolean;
  /** Which of this project's programs it is made of. Default: those of its source. */
  readonly own?: Exclude<Make, 'debian'>;
}

export async function openCloud({ tell, l2population = false, own = 'ours' }: CloudOptions): Promise<Cloud> {
  await using opened = new AsyncDisposableStack();
  const lab = opened.use(await openTwoHostsLab({ computes: 2, own, agents: ({ name }) => (name === ROUTING_HOST ? undefined : own), change: (host, file, text) => configure(host, file, text, l2population), tell }));
  const relay = opened.use(openRelay(lab.controller));
  const [one, two] = lab.computes as [LabHost, LabHost];
  const sessionAt = async (host: LabHost): Promise<Session> =>
    await openSession({
      authUrl: `http://127.0.0.1:${await relay.to(lab.controller.address, 5000)}/v3`, networkUrl: `http://127.0.0.1:${await relay.to(host.address, 9696)}`,
      username: 'admin', password: ADMIN_PASSWORD, projectName: 'admin', userDomainName: 'Default', projectDomainName: 'Default',
    });
  const sessions = [await sessionAt(lab.controller)];
  const api: Cloud['api'] = async (method, path, body) => {
    for (const [index, session] of sessions.entries()) {
      try {
        return await inTime(session.request(method, path, body));
      } catch (error) {
        // Whether a server that died had begun cannot be known; only where it was not reached at all may another be asked.
        if (index === sessions.length - 1 || !isUnreached(error)) throw error;
      }
    }
    throw new Error('there is no server');
  };

  tell('all agents register');
  await startRoutingHost(lab, one);
  await lab.untilAlive(7);
  const made = async (path: string, body: JsonObject): Promise<JsonObject> => Object.values(await api('POST', path, body))[0] as JsonObject;
  const networks = await Promise.all(
    [1, 2].map(async (number) => {
      const { id, mtu } = await made('/v2.0/networks', { network: { name: `chaos-${number}` } });
      const { id: subnet } = await made('/v2.0/subnets', { subnet: { network_id: id as string, ip_version: 4, cidr: `10.${number}.0.0/24` } });
      return { id: String(id), mtu: Number(mtu), gateway: `10.${number}.0.1`, subnet: String(subnet) };
    }),
  );
  const [network, otherNetwork] = networks as readonly InstanceNetwork[] as [InstanceNetwork, InstanceNetwork];
  const routing = await makeRouting(one, { api, made }, networks.map(({ subnet }) => subnet));
  const group = String((await made('/v2.0/security-groups', { security_group: { name: 'chaos' } }))['id']);
  await made('/v2.0/security-group-rules', { security_group_rule: { security_group_id: group, direction: 'ingress', remote_group_id: group, ethertype: 'IPv4' } });
  await made('/v2.0/security-group-rules', { security_group_rule: { security_group_id: group, direction: 'ingress', remote_ip_prefix: OUTSIDE, ethertype: 'IPv4' } });
  tell('the instances are plugged');
  const places = [[one, network], [one, network], [two, network], [two, network], [one, otherNetwork]] as const;
  const instances = await Promise.all(places.map(async ([host, on], index) => plugInstance(host, await made('/v2.0/ports', portRequest(on.id, host, `vm${index + 1}`, [group])), on)));
  const [a, b, c, d, e] = instances as [Instance, Instance, Instance, Instance, Instance];
  const streams = [
    { name: `on ${one.name}`, from: a, to: b },
    { name: `on ${two.name}`, from: c, to: d },
    { name: `${one.name} to ${two.name}`, from: a, to: c },
    { name: `${two.name} to ${one.name}`, from: d, to: b },
    ...(await routedStreams(made, routing, { near: [a, b], far: [c, d], other: e })),
  ];
  const owned = opened.move();
  return {
    lab, api, networks, routing, group, instances, streams, l2population,
    async startSecondServer() {
      for (const file of ['neutron.conf', 'ml2_conf.ini']) {
        const from = file === 'neutron.conf' ? `/etc/neutron/${file}` : `/etc/neutron/plugins/ml2/${file}`;
        one.write(`/etc/neutron/second/${file}`, lab.controller.read(from));
      }
      const argv = commandOf('neutron-server', own).map((argument) => argument.replace(/^\/etc\/neutron\/(?:plugins\/ml2\/)?/, '/etc/neutron/second/'));
      const program = await one.start('neutron-server-2', argv);
      await program.says('the network API answers', 120_000);
      sessions.push(await sessionAt(one));
      return program;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** VXLAN over the hosts' addresses, and the rest as the example has it: so the time-outs are those that operators have. */
function configure(host: LabHost, file: string, text: string, l2population: boolean): string {
  switch (file) {
    case 'ml2_conf.ini':
      return text
        .replace(/^type_drivers.*$/m, 'type_drivers = flat,vxlan')
        .replace(/^flat_networks.*$/m, 'flat_networks = outside')
        .replace(/^tenant_network_types.*$/m, 'tenant_network_types = vxlan')
        .replace(/^mechanism_drivers.*$/m, `mechanism_drivers = linuxbridge${l2population ? ',l2population' : ''}`)
        .concat('\n[ml2_type_vxlan]\nvni_ranges = 1:1000\n');
    case 'neutron.conf':
      return text.replace(/^service_plugins.*$/m, 'service_plugins = router');
    case 'linuxbridge_agent.ini':
      return text
        .replace(/^physical_interface_mappings.*$/m, host.name === ROUTING_HOST ? `physical_interface_mappings = ${OUTSIDE_MAPPING}` : '')
        .replace(/^enable_vxlan.*$/m, `enable_vxlan = True\nlocal_ip = ${host.address}\nl2_population = ${l2population}`);
    default:
      return text;
  }
}

function isUnreached(error: unknown): boolean {
  return error instanceof RequestFailed && error.status === 0;
}

async function inTime<T>(request: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('no answer within a minute')), REQUEST_MS);
  try {
    return await Promise.race([request, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
