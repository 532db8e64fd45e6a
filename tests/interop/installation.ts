import { startNetworkServer } from '../bench/api/servers.ts';
import { startOnHost, type HostProgram } from '../support/hosts/host-program.ts';
import { openLabHost, type LabHost } from '../support/hosts/lab-host.ts';
import { openRelay } from '../support/hosts/relay.ts';
import { openUnderlay, type Underlay } from '../support/hosts/underlay.ts';
import { startMariadb, type MariadbServer } from '../support/mariadb.ts';
import { startRabbit } from '../support/rabbitmq.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import type { Combination } from './combinations.ts';
import { networkApi, type NetworkApi } from './network-api.ts';
import { startAgent, writeAgentFiles, type AgentName, type Make } from './programs.ts';

/** A server of either make, and what stands beside it: a broker and Nova's metadata service on a host of their own. */
export interface Installation extends AsyncDisposable {
  readonly api: NetworkApi;
  /** A machine on the wire of the hosts that knows nothing of their networks, and an address of its that is not on the wire. */
  readonly outside: Outside;
  /** Two new hosts with the agents of these makes; each has all three, and one the L3 agent, until the other gets one too. */
  hosts(agents: Pick<Combination, 'agents' | 'routing'>, options?: HostsOptions): Promise<ComputeHosts>;
  /** Messages that wait in each queue of the broker. */
  queues(): Promise<ReadonlyMap<string, number>>;
}

export interface HostsOptions {
  readonly l2Population?: boolean;
}

export interface ComputeHosts extends AsyncDisposable {
  readonly hosts: readonly [LabHost, LabHost];
  readonly agents: ReadonlyMap<string, HostProgram>;
  /** The one with the L3 agent. */
  readonly router: LabHost;
  /** kill -9 of the L3 agent; what it gives starts it again. */
  killRouting(): Promise<() => Promise<void>>;
  /** Ends all agents of a host. */
  stop(host: LabHost): Promise<void>;
  /** Stops the agents of a host, one after the other, and starts those of that make in their place, with the same files. */
  exchange(host: LabHost, make: Make): Promise<void>;
  /** Starts agents of that make where there are none. */
  start(host: LabHost, make: Make, names: readonly AgentName[]): Promise<void>;
  /** Starts the L3 agent of the other host, until it is disposed of: then the server knows nothing of it any more. */
  addRouting(): Promise<AsyncDisposable>;
}

export interface Outside {
  /** The gateway of 203.0.113.0/24, on the wire. */
  readonly gateway: string;
  /** Answers pings, and HTTP on port 80 with the address of who asks. */
  readonly address: string;
  run: Underlay['run'];
}

const SECRET = 'shared secret';
const CONTROLLER = 3;

/** In place of Nova's metadata service: says what it was asked. */
const NOVA = `require('node:http').createServer((q, r) => r.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ path: q.url, headers: q.headers }))).listen(8775)`;

/** Says who asks. */
const ECHO = `require('node:http').createServer((q, r) => r.end(q.socket.remoteAddress)).listen(80, '198.51.100.1')`;

async function openOutside(underlay: Underlay, stack: AsyncDisposableStack): Promise<Outside> {
  const outside: Outside = { gateway: '203.0.113.1', address: '198.51.100.1', run: underlay.run };
  await underlay.run(['ip', '-batch', '-'], { input: `address add ${outside.gateway}/24 dev lan0\naddress add ${outside.address}/32 dev lo\n` });
  stack.use(await startOnHost(underlay, 'echo', underlay.path('/var/log/echo.out'), [process.execPath, '-e', ECHO]));
  return outside;
}

export async function openInstallation(make: Make): Promise<Installation> {
  await using stack = new AsyncDisposableStack();
  const underlay: Underlay = stack.use(await openUnderlay());
  const outside = await openOutside(underlay, stack);
  const controller = stack.use(await openLabHost(underlay, CONTROLLER, CONTROLLER));
  const directory = stack.use(temporaryDirectory(0o755));
  const broker = `${controller.address}:5672`;
  const rabbit = stack.use(await startRabbit({ enter: controller.enter, settings: [`listeners.tcp.3 = ${broker}`, 'loopback_users = none'] }));
  stack.use(await controller.start('nova', [process.execPath, '-e', NOVA]));
  const relay = stack.use(openRelay(controller));
  const { start } = await startNetworkServer(make, {
    directory,
    keystone: undefined,
    servicePassword: '',
    connection: make === 'ours' ? `sqlite:///${directory.path}/neutron.sqlite` : await databaseIn(stack.use(await startMariadb())),
    transportUrl: `rabbit://guest:guest@127.0.0.1:${await relay.to(controller.address, 5672)}/`,
    memcachedPort: undefined,
    workers: 1,
    servicePlugins: 'router,port_forwarding',
    mechanismDrivers: 'linuxbridge,l2population',
    // Each host serves DHCP, so that both kinds of agents do.
    defaults: ['dhcp_agents_per_network = 2', 'agent_down_time = 20'],
  });
  const server = stack.use(await start());
  const api = networkApi(server.url);
  const opened = stack.move();
  return {
    api,
    outside,
    async queues() {
      const lines = (await rabbit.control('-q', '--no-table-headers', 'list_queues', 'name', 'messages')).trim().split('\n');
      return new Map(lines.map((line) => line.split(/\s+/)).map(([name = '', count]) => [name, Number(count)]));
    },
    async hosts({ agents: makes, routing }, { l2Population = false } = {}) {
      await using parts = new AsyncDisposableStack();
      const agents = new Map<string, HostProgram>();
      const programs = parts.use(new AsyncDisposableStack());
      const startOn = async (host: LabHost, own: Make, name: AgentName): Promise<HostProgram> => {
        const program = programs.use(await startAgent(host, own, name));
        agents.set(`${host.name} ${name}`, program);
        return program;
      };
      const hosts: LabHost[] = [];
      for (const [index, own] of makes.entries()) {
        const host = parts.use(await openLabHost(underlay, index + 1, CONTROLLER));
        writeAgentFiles(host, { transportUrl: `rabbit://guest:guest@${broker}/`, novaAddress: controller.address, secret: SECRET, l2Population });
        for (const name of ['linuxbridge', 'dhcp', 'metadata'] satisfies readonly AgentName[]) await startOn(host, own, name);
        hosts.push(host);
      }
      const [one, two] = hosts as [LabHost, LabHost];
      const [router, other] = routing.on === 0 ? [one, two] : [two, one];
      let l3 = await startOn(router, routing.make, 'l3');
      const owned = parts.move();
      return {
        hosts: [one, two],
        agents,
        router,
        async killRouting() {
          await l3.kill();
          return async () => {
            l3 = owned.use(await startAgent(router, routing.make, 'l3'));
            agents.set(`${router.name} l3`, l3);
          };
        },
        async stop(host) {
          for (const [name, program] of agents) {
            if (!name.startsWith(`${host.name} `)) continue;
            await program.stop();
            agents.delete(name);
          }
        },
        async exchange(host, make) {
          for (const name of ['linuxbridge', 'dhcp', 'metadata', 'l3'] satisfies readonly AgentName[]) {
            const before = agents.get(`${host.name} ${name}`);
            if (before === undefined) continue;
            await before.stop();
            await startOn(host, make, name);
          }
        },
        async start(host, make, names) {
          for (const name of names) await startOn(host, make, name);
        },
        async addRouting() {
          const added = await startOn(other, routing.other, 'l3');
          return {
            async [Symbol.asyncDispose]() {
              await added.kill();
              agents.delete(`${other.name} l3`);
              for (const { id } of await api.list('agents', `?agent_type=L3%20agent&host=${other.name}`)) await api.remove('agents', String(id));
            },
          };
        },
        [Symbol.asyncDispose]: () => owned.disposeAsync(),
      };
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function databaseIn(mariadb: MariadbServer): Promise<string> {
  await mariadb.create('neutron');
  return mariadb.url('neutron');
}
