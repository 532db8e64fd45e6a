import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openNamespaces } from '../support/hosts/namespaces.ts';
import { openRelay } from '../support/hosts/relay.ts';
import { startMariadb } from '../support/mariadb.ts';
import { rabbitTransport } from '../support/rabbit-transport.ts';
import { startRabbit } from '../support/rabbitmq.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { apiClient } from './api-client.ts';
import { startNetworkServer, type Make } from './api/servers.ts';
import { report, type Figure } from './report.ts';
import { makeFleet } from './routers/fleet.ts';
import { measureRouters } from './routers/measure.ts';
import { openRouterHost } from './routers/router-host.ts';

/**
 * `make routers`: the L3 agent with many routers, beside Debian's where that is installed: from nothing, after kill -9, one change at a time, memory. Each has a
 * server of ours, a database, a broker and a host of its own, one after the other. As root, after scripts/build.sh:
 * node --conditions=neutrino-source tests/bench/routers.ts [--routers 200] [--restarts 3] [--only ours|neutron] [--prepared]
 */
const { values: options } = parseArgs({
  options: { routers: { type: 'string', default: '200' }, restarts: { type: 'string', default: '3' }, only: { type: 'string' }, prepared: { type: 'boolean', default: false } },
});
const makes = (['ours', 'neutron'] as const).filter((make) => options.only === undefined || options.only === make);
const measured = new Map<Make, readonly Figure[]>();
for (const make of makes) {
  if (make === 'neutron' && !existsSync('/usr/bin/neutron-l3-agent')) {
    process.stderr.write("SKIPPED: Debian's L3 agent is not installed (package neutron-common)\n");
    continue;
  }
  const figures = await measure(make);
  measured.set(make, figures);
  report(`${options.routers} routers, ${make === 'ours' ? 'our agent' : "Debian's agent"}`, figures);
}
const [ours, theirs] = [measured.get('ours'), measured.get('neutron')];
for (const [index, { name, value, unit }] of (ours ?? []).entries()) {
  const other = theirs?.[index]?.value;
  if (other !== undefined) process.stdout.write(`${name}: ${value.toPrecision(3)} ${unit}, Debian's ${other.toPrecision(3)} ${unit}, ${(other / value).toPrecision(3)} times\n`);
}

async function measure(make: Make): Promise<readonly Figure[]> {
  await using stack = new AsyncDisposableStack();
  using directory = temporaryDirectory(0o755);
  const mariadb = stack.use(await startMariadb({ durable: true }));
  await mariadb.create('routers');
  const machine = stack.use(await openNamespaces(`routers-${make}`));
  const rabbit = stack.use(await startRabbit({ enter: machine.enter }));
  const host = stack.use(openRouterHost(machine, make, rabbit.url));
  const relay = stack.use(openRelay(machine));
  const transportUrl = `rabbit://guest:guest@127.0.0.1:${await relay.to('127.0.0.1', rabbit.port)}/`;
  const launcher = await startNetworkServer('ours', {
    directory, keystone: undefined, servicePassword: '', connection: mariadb.url('routers'), transportUrl, memcachedPort: undefined, workers: 2, defaults: ['service_plugins = router', '[quotas]', ...['network', 'subnet', 'port', 'router', 'floatingip'].map((kind) => `quota_${kind} = -1`)],
  });
  const server = stack.use(await launcher.start());
  using api = apiClient(server.url, { 'x-project-id': 'bench' });
  const transport = stack.use(rabbitTransport(transportUrl));
  const fleet = await makeFleet(api, Number(options.routers));
  return await measureRouters({ api, transport, fleet, host, restarts: Number(options.restarts), isPrepared: options.prepared });
}
