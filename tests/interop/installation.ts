import { startNetworkServer } from '../bench/api/servers.ts';
import type { HostProgram } from '../support/hosts/host-program.ts';
import { openLabHost, type LabHost } from '../support/hosts/lab-host.ts';
import { openRelay } from '../support/hosts/relay.ts';
import { openUnderlay, type Underlay } from '../support/hosts/underlay.ts';
import { startMariadb, type MariadbServer } from '../support/mariadb.ts';
import { startRabbit } from '../support/rabbitmq.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { networkApi, type NetworkApi } from './network-api.ts';
import { startAgent, writeAgentFiles, type AgentName, type Make } from './programs.ts';

/** A server of either make, and what stands beside it: a broker and Nova's metadata service on a host of their own. */
export interface Installation extends AsyncDisposable {
  readonly api: NetworkApi;
  /** Two new hosts with the agents of these makes; each has all three. */
  hosts(makes: readonly [Make, Make]): Promise<ComputeHosts>;
}

export interface ComputeHosts extends AsyncDisposable {
  readonly hosts: readonly [LabHost, LabHost];
  readonly agents: ReadonlyMap<string, HostProgram>;
}

const SECRET = 'shared secret';
const CONTROLLER = 3;

/** In place of Nova's metadata service: says what it was asked. */
const NOVA = `require('node:http').createServer((q, r) => r.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ path: q.url, headers: q.headers }))).listen(8775)`;

export async function openInstallation(make: Make): Promise<Installation> {
  await using stack = new AsyncDisposableStack();
  const underlay: Underlay = stack.use(await openUnderlay());
  const controller = stack.use(await openLabHost(underlay, CONTROLLER, CONTROLLER));
  const directory = stack.use(temporaryDirectory(0o755));
  const broker = `${controller.address}:5672`;
  stack.use(await startRabbit({ enter: controller.enter, settings: [`listeners.tcp.3 = ${broker}`, 'loopback_users = none'] }));
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
    // Each host serves DHCP, so that both kinds of agents do.
    defaults: ['dhcp_agents_per_network = 2', 'agent_down_time = 20'],
  });
  const server = stack.use(await start());
  const opened = stack.move();
  return {
    api: networkApi(server.url),
    async hosts(makes) {
      await using parts = new AsyncDisposableStack();
      const agents = new Map<string, HostProgram>();
      const hosts: LabHost[] = [];
      for (const [index, own] of makes.entries()) {
        const host = parts.use(await openLabHost(underlay, index + 1, CONTROLLER));
        writeAgentFiles(host, { transportUrl: `rabbit://guest:guest@${broker}/`, novaAddress: controller.address, secret: SECRET });
        for (const name of ['linuxbridge', 'dhcp', 'metadata'] satisfies readonly AgentName[]) agents.set(`${host.name} ${name}`, parts.use(await startAgent(host, own, name)));
        hosts.push(host);
      }
      const owned = parts.move();
      return { hosts: hosts as [LabHost, LabHost], agents, [Symbol.asyncDispose]: () => owned.disposeAsync() };
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function databaseIn(mariadb: MariadbServer): Promise<string> {
  await mariadb.create('neutron');
  return mariadb.url('neutron');
}
