import { openSession, type Session } from '@neutrino/client/session';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import { setTimeout as sleep } from 'node:timers/promises';
import { INSTANCES, startControllerServices, type ControllerServices } from './controller-services.ts';
import type { HostProgram } from './host-program.ts';
import { plugIn, type Instance, type InstanceOptions } from './instance.ts';
import { ADMIN_PASSWORD } from './keystone-service.ts';
import type { LabHost } from './lab-host.ts';
import { openLabHosts, type LabHosts } from './lab-hosts.ts';
import { installFiles, startNeutron, upgradeDatabase, type Make, type NeutronProgram } from './neutron-programs.ts';
import { openRelay } from './relay.ts';

export interface LabOptions {
  /** Besides the controller. */
  readonly computes?: number;
  /** Whose server it is, with its database. */
  readonly server?: Make;
  /** Which of this project's programs are started where nothing else is said. Default: those of its source. */
  readonly own?: Exclude<Make, 'debian'>;
  /** Whose agents run on a host; none of a kind on a host: undefined. */
  readonly agents?: (host: LabHost, program: AgentProgram) => Make | undefined;
  /** Makes other files of the example's. */
  readonly change?: (host: LabHost, file: string, text: string) => string;
  /** Tells what is being done. */
  readonly tell?: (text: string) => void;
}

export type AgentProgram = Exclude<NeutronProgram, 'neutron-server' | 'neutron-db-manage'>;

/** Where the example has which agents. */
const AGENTS = {
  controller: ['neutron-linuxbridge-agent', 'neutron-dhcp-agent', 'neutron-metadata-agent'],
  compute: ['neutron-linuxbridge-agent'],
} as const satisfies Record<string, readonly AgentProgram[]>;

/** The installation of the example on hosts in namespaces: everything that it has, in the order in which its guide starts it. */
export interface TwoHostsLab extends LabHosts {
  readonly controller: LabHost;
  readonly computes: readonly LabHost[];
  readonly services: ControllerServices;
  /** As Keystone's user admin; the requests of this process come to the controller by a relay. */
  readonly admin: Session;
  /** As `demo` in project demo. */
  readonly demo: Session;
  /** The program of that name that was started last on a host. */
  program(host: LabHost, name: NeutronProgram): HostProgram;
  /** Starts a program (again) on a host. */
  start(host: LabHost, name: NeutronProgram, make?: Make): Promise<HostProgram>;
  /** A port on that network, bound to the host, and an instance on it that is not booted yet. Nova's metadata service knows it. */
  plugIn(host: LabHost, networkId: string, options?: InstanceOptions): Promise<Instance>;
  /** What `GET /v2.0/agents` says. */
  agents(): Promise<readonly JsonObject[]>;
  /** Resolves when that many agents are alive. */
  untilAlive(count: number, timeoutMs?: number): Promise<void>;
}

/**
 * Brings it up: services, files, database, server, agents; resolves when the server answers. Needs `requires(hostNamespaces, ...controllerServicesHere)`,
 * and `debianNeutron` where a program of Debian's takes part. Takes some 15 s.
 *
 *     await using lab = await openTwoHostsLab({ agents: (host) => (host === lab.controller ? 'ours' : 'debian') });
 *     await lab.untilAlive(4);
 *     const { network } = await lab.admin.request('POST', '/v2.0/networks', { network: { … } });
 */
export async function openTwoHostsLab({ computes = 1, own = 'ours', server = own, agents = () => own, change = (_host, _file, text) => text, tell = () => undefined }: LabOptions = {}): Promise<TwoHostsLab> {
  await using opened = new AsyncDisposableStack();
  const { underlay, hosts } = opened.use(await openLabHosts(1 + computes));
  const [controller, ...others] = hosts as [LabHost, ...LabHost[]];
  const relay = opened.use(openRelay(controller));
  tell(`${hosts.map(({ name, address }) => `${name} (${address})`).join(', ')}: MariaDB, RabbitMQ, memcached and Keystone start on the first`);
  await Promise.all(hosts.map((host) => installFiles(host, host === controller ? 'controller' : 'compute', (file, text) => change(host, file, text))));
  const services = await startControllerServices(controller, relay);

  const programs = new Map<string, HostProgram>();
  const start: TwoHostsLab['start'] = async (host, name, make = own) => {
    const program = await startNeutron(host, name, make);
    programs.set(`${host.name} ${name}`, program);
    return program;
  };
  const session = async (username: string, password: string, projectName: string): Promise<Session> =>
    await openSession({
      authUrl: `http://127.0.0.1:${await relay.to(controller.address, 5000)}/v3`, networkUrl: `http://127.0.0.1:${await relay.to(controller.address, 9696)}`,
      username, password, projectName, userDomainName: 'Default', projectDomainName: 'Default',
    });

  tell('neutron-db-manage upgrade head');
  await upgradeDatabase(controller, server);
  tell('the server and the agents start');
  const serving = await start(controller, 'neutron-server', server);
  const startAgents = hosts.flatMap((host) =>
    AGENTS[host === controller ? 'controller' : 'compute'].map(async (name) => {
      const make = agents(host, name);
      if (make !== undefined) await start(host, name, make);
    }),
  );
  const [admin, demo] = await Promise.all([session('admin', ADMIN_PASSWORD, 'admin'), session('demo', 'demo', 'demo'), ...startAgents]);
  const list: TwoHostsLab['agents'] = async () => {
    const answer = (await admin.request('GET', '/v2.0/agents'))['agents'];
    return Array.isArray(answer) ? answer.filter(isJsonObject) : [];
  };
  await until(120_000, () => list(), () => `the server does not answer:\n${serving.output().slice(-4000)}`, serving);
  const owned = opened.move();
  return {
    underlay,
    hosts,
    controller,
    computes: others,
    services,
    admin,
    demo,
    start,
    program(host, name) {
      const program = programs.get(`${host.name} ${name}`);
      if (program === undefined) throw new Error(`${name} was never started on ${host.name}`);
      return program;
    },
    async plugIn(host, networkId, options) {
      const instance = await plugIn(admin, host, networkId, options);
      controller.write(`${INSTANCES}/${instance.record.id}/instance.json`, JSON.stringify(instance.record));
      return instance;
    },
    agents: list,
    untilAlive: (count, timeoutMs = 120_000) =>
      until(
        timeoutMs,
        async () => ((await list()).filter(({ alive }) => alive === true).length >= count ? true : undefined),
        () => `not all of ${count} agents are alive:\n${[...programs].map(([name, program]) => `${name}: ${program.output().slice(-1500)}`).join('\n')}`,
      ),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Asks until there is an answer; a question that fails is asked again. */
async function until(timeoutMs: number, ask: () => Promise<unknown>, complaint: () => string, program?: HostProgram): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline && program?.isRunning() !== false; await sleep(100)) {
    if ((await ask().catch(() => undefined)) !== undefined) return;
  }
  throw new Error(complaint());
}
