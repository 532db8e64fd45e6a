import type { JsonObject } from '@neutrino/lib/json';
import { measure, type Phase, type Result, type Target } from './measure.ts';
import { RawClient } from './raw-client.ts';

export interface PortPhasesOptions {
  /** The longest that a phase lasts; those whose single requests are long get more. */
  readonly seconds: number;
  /** How many ports the lists are of. */
  readonly ports: number;
  /** Which phases, by name. */
  readonly only: RegExp;
  /** Fills the network up to so many ports where the API is too slow for it. */
  fill?(network: string, subnet: string, template: string, count: number): Promise<void>;
  onResult(result: Result): void;
}

/** What the figures of the performance page are about: ports created, listed, read, changed and deleted on one network. */
export async function portPhases(target: Target, options: PortPhasesOptions): Promise<void> {
  using client = new RawClient(target.url, target.headers);
  const { network, subnet } = await makeNetwork(client);
  const ids: string[] = [];
  const { seconds } = options;
  const run = async (phase: Omit<Phase, 'seconds'> & { readonly seconds?: number }): Promise<void> => {
    if (!options.only.test(phase.name)) return;
    options.onResult(await measure(target, { seconds, ...phase }));
  };
  const create = (index: number) => ({ method: 'POST', path: '/v2.0/ports', body: { port: { network_id: network, name: `p${index}` } } });
  const bulk = (index: number) => ({ method: 'POST', path: '/v2.0/ports', body: { ports: Array.from({ length: 100 }, (_, one) => ({ network_id: network, name: `b${index}-${one}` })) } });
  const note = { answered: ({ body }: { readonly body: Buffer }) => void ids.push((JSON.parse(body.toString()) as { port: { id: string } }).port.id) };

  // The first requests of a server that was just started are slower than all that follow.
  for (let index = 0; index < 100 && options.fill === undefined; index += 1) ids.push((await json<{ port: { id: string } }>(client, 'POST', '/v2.0/ports', create(index).body)).port.id);
  await run({ name: 'create a port', concurrency: 1, requests: 2000, call: create, ...note });
  await run({ name: 'create a port', concurrency: 16, requests: 3000, call: create, ...note });
  await run({ name: 'create 100 ports at once', concurrency: 1, requests: 30, itemsPerRequest: 100, seconds: seconds * 3, call: bulk });

  while (ids.length < 10) ids.push((await json<{ port: { id: string } }>(client, 'POST', '/v2.0/ports', create(ids.length).body)).port.id);
  await fillUp(client, network, options.ports, async (missing) => {
    if (options.fill === undefined) await json(client, 'POST', '/v2.0/ports', { ports: bulk(0).body.ports.slice(0, missing) });
    else await options.fill(network, subnet, ids[0] ?? '', options.ports);
  });
  const path = '/v2.0/ports';
  await run({ name: `list ${options.ports} ports`, concurrency: 1, requests: 20, seconds: seconds * 3, call: () => ({ method: 'GET', path }) });
  await run({ name: `list ${options.ports} ports, fields=id`, concurrency: 1, requests: 20, seconds: seconds * 2, call: () => ({ method: 'GET', path: `${path}?fields=id` }) });
  await run({ name: 'a page of 100 ports', concurrency: 1, requests: 1000, call: () => ({ method: 'GET', path: `${path}?limit=100` }) });
  const of = (index: number): string => `${path}/${ids[index % ids.length] ?? ''}`;
  for (const concurrency of [1, 16]) await run({ name: 'get a port', concurrency, requests: 20_000, call: (index) => ({ method: 'GET', path: of(index) }) });
  for (const concurrency of [1, 16]) {
    await run({ name: 'update a port', concurrency, requests: 5000, call: (index) => ({ method: 'PUT', path: of(index), body: { port: { name: `u${concurrency}-${index}` } } }) });
  }
  for (const concurrency of [1, 16]) {
    const doomed = ids.splice(0, Math.ceil(ids.length / (concurrency === 1 ? 3 : 1)));
    await run({ name: 'delete a port', concurrency, requests: doomed.length, call: (index) => ({ method: 'DELETE', path: `${path}/${doomed[index] ?? ''}` }) });
  }
}

/** A network with a /16, in a project without limits. */
export async function makeNetwork(client: RawClient, cidr = '10.0.0.0/16'): Promise<{ readonly network: string; readonly subnet: string }> {
  const { network } = await json<{ network: { id: string; project_id: string } }>(client, 'POST', '/v2.0/networks', { network: { name: 'bench' } });
  await json(client, 'PUT', `/v2.0/quotas/${network.project_id}`, { quota: { network: -1, subnet: -1, port: -1, security_group: -1, security_group_rule: -1 } });
  const { subnet } = await json<{ subnet: { id: string } }>(client, 'POST', '/v2.0/subnets', { subnet: { network_id: network.id, ip_version: 4, cidr } });
  return { network: network.id, subnet: subnet.id };
}

/** `more` makes some of those that are missing. */
async function fillUp(client: RawClient, network: string, count: number, more: (missing: number) => Promise<void>): Promise<void> {
  for (;;) {
    const { ports } = await json<{ ports: unknown[] }>(client, 'GET', `/v2.0/ports?fields=id&network_id=${network}`);
    if (ports.length >= count) return;
    await more(count - ports.length);
  }
}

/** Throws where the answer is an error. */
export async function json<T = JsonObject>(client: RawClient, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await client.send(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body.toString().slice(0, 500)}`);
  return JSON.parse(answer.body.toString()) as T;
}
