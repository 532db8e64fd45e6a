import { measure, type Result, type Target } from './measure.ts';
import { json, makeNetwork } from './port-phases.ts';
import { RawClient } from './raw-client.ts';

export interface ScaleOptions {
  /** Pairs of how many networks and how many ports there are, growing. */
  readonly sizes: readonly { readonly networks: number; readonly ports: number }[];
  readonly seconds: number;
  onResult(result: Result): void;
}

/** What create, show and a page cost as the cloud grows, and whether the size of a subnet matters. */
export async function scalePhases(target: Target, { sizes, seconds, onResult }: ScaleOptions): Promise<void> {
  using client = new RawClient(target.url, target.headers);
  const networks: string[] = [];
  const ids: string[] = [];
  for (const { networks: networkCount, ports } of sizes) {
    while (networks.length < networkCount) networks.push((await makeNetwork(client, '10.0.0.0/22')).network);
    while (ids.length < ports) ids.push(...(await bulk(client, networks, Math.min(500, ports - ids.length), ids.length)));
    const at = `${ports} ports on ${networkCount} networks`;
    const options = { concurrency: 1, seconds, requests: 2000 };
    const create = (index: number) => ({ method: 'POST', path: '/v2.0/ports', body: { port: { network_id: networks[(index * 7) % networks.length] } } });
    onResult(await measure(target, { ...options, name: `create a port; ${at}`, call: create, answered: ({ body }) => void ids.push((JSON.parse(body.toString()) as { port: { id: string } }).port.id) }));
    onResult(await measure(target, { ...options, name: `get a port; ${at}`, call: (index) => ({ method: 'GET', path: `/v2.0/ports/${ids[(index * 7919) % ids.length] ?? ''}` }) }));
    const page = (index: number) => ({ method: 'GET', path: `/v2.0/ports?limit=100&marker=${ids[(index * 7919) % ids.length] ?? ''}` });
    onResult(await measure(target, { ...options, name: `a page of 100 ports; ${at}`, call: page }));
  }
  for (const cidr of ['10.0.0.0/24', '10.0.0.0/8']) {
    const { network } = await makeNetwork(client, cidr);
    const create = () => ({ method: 'POST', path: '/v2.0/ports', body: { port: { network_id: network } } });
    onResult(await measure(target, { name: `create a port in a ${cidr.slice(9)}`, concurrency: 1, seconds, requests: 200, call: create }));
  }
}

async function bulk(client: RawClient, networks: readonly string[], count: number, offset: number): Promise<readonly string[]> {
  const ports = Array.from({ length: count }, (_, index) => ({ network_id: networks[(offset + index) % networks.length] }));
  const answer = await json<{ ports: { id: string }[] }>(client, 'POST', '/v2.0/ports', { ports });
  return answer.ports.map(({ id }) => id);
}
