import { parseArgs } from 'node:util';
import type { Json, JsonObject } from '@neutrino/lib/json';
import { networkServer } from '../support/network-server.ts';
import { median, report, type Figure } from './report.ts';

/**
 * What requests about routers cost where there is one router, and where there are many, each with an interface, a gateway and a
 * floating IP. No agent runs: the server would not wait for one.
 * node --conditions=neutrino-source tests/bench/router-writes.ts [--routers 200] [--rounds 30]
 */
const { values: options } = parseArgs({ options: { routers: { type: 'string', default: '200' }, rounds: { type: 'string', default: '30' } } });
const unlimited = ['network', 'subnet', 'port', 'router', 'floatingip'].map((each) => `quota_${each} = -1\n`).join('');
const rounds = Number(options.rounds);

await using server = await networkServer(`service_plugins = router\n[quotas]\n${unlimited}`);
const admin = { project: 'p' };

async function send(method: string, path: string, body?: Json): Promise<JsonObject> {
  const { status, body: answer } = await server.request(admin, method, `/v2.0/${path}`, body);
  if (status >= 400) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
  return answer;
}

async function make(kind: string, attributes: JsonObject): Promise<string> {
  return String((await server.create(admin, `/v2.0/${kind}s`, { [kind]: attributes }))['id']);
}

let prefixes = 0;
/** A subnet on a network of its own, as no other. */
async function makeInside(): Promise<{ readonly network: string; readonly subnet: string }> {
  const network = await make('network', {});
  const number = prefixes++;
  return { network, subnet: await make('subnet', { network_id: network, ip_version: 4, cidr: `10.${number >> 8}.${number & 255}.0/24`, enable_dhcp: false }) };
}

const outside = await make('network', { 'router:external': true });
await make('subnet', { network_id: outside, ip_version: 4, cidr: '198.18.0.0/15', enable_dhcp: false });

async function makeRouters(count: number): Promise<void> {
  for (let made = 0; made < count; made++) {
    const { network, subnet } = await makeInside();
    const router = await make('router', { external_gateway_info: { network_id: outside } });
    await send('PUT', `routers/${router}/add_router_interface`, { subnet_id: subnet });
    await make('floatingip', { floating_network_id: outside, port_id: await make('port', { network_id: network }) });
  }
}

async function measure(there: number): Promise<readonly Figure[]> {
  const times = new Map<string, number[]>();
  const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    times.set(name, [...(times.get(name) ?? []), performance.now() - started]);
    return result;
  };
  for (let round = 0; round < rounds; round++) {
    const { network, subnet } = await makeInside();
    const port = await make('port', { network_id: network });
    const router = await timed('router made', () => make('router', {}));
    await timed('interface added', () => send('PUT', `routers/${router}/add_router_interface`, { subnet_id: subnet }));
    await timed('gateway set', () => send('PUT', `routers/${router}`, { router: { external_gateway_info: { network_id: outside } } }));
    const floatingIp = await timed('floating IP made', () => make('floatingip', { floating_network_id: outside }));
    await timed('floating IP led to a port', () => send('PUT', `floatingips/${floatingIp}`, { floatingip: { port_id: port } }));
    await timed('floating IP deleted', () => send('DELETE', `floatingips/${floatingIp}`));
    await timed('gateway taken away', () => send('PUT', `routers/${router}`, { router: { external_gateway_info: null } }));
    await timed('interface removed', () => send('PUT', `routers/${router}/remove_router_interface`, { subnet_id: subnet }));
    await timed('router deleted', () => send('DELETE', `routers/${router}`));
  }
  return [...times].map(([name, all]) => ({ name: `${name}, of ${there}`, value: median(all), unit: 'ms', all: [Math.min(...all), Math.max(...all)] }));
}

const many = Number(options.routers);
await makeRouters(1);
// The first requests compile what the later ones run.
await measure(1);
const few = await measure(1);
await makeRouters(many - 1);
const later = await measure(many);
report('Requests about routers', few.flatMap((figure, index) => [figure, ...later.slice(index, index + 1)]));
