import { setTimeout as sleep } from 'node:timers/promises';
import type { Transport } from '@neutrino/lib/rpc/messaging';
import { topics } from '@neutrino/lib/rpc/topics';
import type { ApiClient } from '../api-client.ts';
import type { HostProgram } from '../../support/hosts/host-program.ts';
import { median, type Figure } from '../report.ts';
import { addInterface, floatingStatuses, makeRouter, type Fleet } from './fleet.ts';
import type { RouterHost } from './router-host.ts';

export interface RouterBench {
  readonly api: ApiClient;
  readonly transport: Transport;
  readonly fleet: Fleet;
  readonly host: RouterHost;
  readonly restarts: number;
  /** The routers are made by our agent, whichever is measured: Debian's takes long to make many. */
  readonly isPrepared: boolean;
}

const TIMEOUT_MS = 1_200_000;
const TRIES = 5;

/** From nothing, after a kill -9, and one change at a time, with all routers there. */
export async function measureRouters({ api, transport, fleet, host, restarts, isPrepared }: RouterBench): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const { routers } = fleet;
  const note = (name: string, value: number, unit: string, all?: readonly number[]): void => {
    figures.push({ name, value, unit, ...(all === undefined ? {} : { all }) });
    process.stderr.write(`${host.name}: ${name}: ${value.toPrecision(3)} ${unit}\n`);
  };
  const allActive = async (): Promise<boolean> => (await floatingStatuses(api)).get('ACTIVE') === routers.length;

  /** What the server is told last, at the end of the work on each router: nobody can say ACTIVE who has not been over it. */
  const setDown = async (): Promise<void> => {
    for (const { id, floatingIp } of routers) await transport.call({}, { topic: topics.l3Plugin, version: '1.1' }, 'update_floatingip_statuses', { router_id: id, fip_statuses: { [floatingIp]: 'DOWN' } });
  };

  const measured = async (what: string, begin: () => Promise<unknown>): Promise<readonly [number, number, number]> => {
    const [cpu, processes, began] = [host.processorTime() ?? Number.NaN, await host.started(), performance.now()];
    await begin();
    await until(what, allActive, 50);
    return [performance.now() - began, (host.processorTime() ?? Number.NaN) - cpu, (await host.started()) - processes];
  };
  const { interfaceTimes } = fleet;
  note('the request for an interface, of the first 20 routers', median(interfaceTimes.slice(0, 20)), 'ms');
  note('… of the last 20', median(interfaceTimes.slice(-20)), 'ms');
  if (isPrepared) {
    const preparing = await host.start('ours');
    await until('the routers', allActive, 50);
    await preparing.kill();
    await setDown();
  }
  let agent: HostProgram | undefined;
  const [time, cpu, processes] = await measured('the first start', async () => void (agent = await host.start()));
  note(isPrepared ? `${routers.length} routers that another agent made` : `${routers.length} new routers`, time / 1000, 's');
  note('… processor time', cpu / 1000, 's');
  note('… processes and threads', processes, '');
  await sleep(3000);

  const times: (readonly [number, number, number])[] = [];
  for (let run = 0; run < restarts; run++) {
    await agent?.kill();
    await setDown();
    times.push(await measured('a restart', async () => void (agent = await host.start())));
    await sleep(3000);
  }
  const column = (index: 0 | 1 | 2): readonly number[] => times.map((each) => each[index]);
  note(`${routers.length} routers after kill -9`, median(column(0)) / 1000, 's', column(0).map((ms) => ms / 1000));
  note('… processor time', median(column(1)) / 1000, 's', column(1).map((ms) => ms / 1000));
  note('… processes and threads', median(column(2)), '', column(2));
  const memories = host.memories();
  note('resident memory, the largest process', Math.max(...memories), 'MiB');
  note('resident memory, all processes', memories.reduce((sum, each) => sum + each, 0), 'MiB');
  note('processes', memories.length, '');

  await changes(async (name, change) => {
    const [all, processes]: [number[], number[]] = [[], []];
    for (let index = 0; index < TRIES; index++) {
      await sleep(1000);
      const before = await host.started();
      const began = performance.now();
      const { holds, asked } = await change(index);
      await until(name, holds);
      all.push(performance.now() - began);
      await sleep(500);
      processes.push((await host.started()) - before - asked() - 1);
    }
    note(name, median(all), 'ms', all);
    note('… processes and threads', median(processes), '', processes);
  });
  return figures;

  async function changes(take: (name: string, change: (index: number) => Promise<Change>) => Promise<void>): Promise<void> {
    const router = (index: number) => routers[index] ?? failed();
    const inside = (id: string, argv: readonly [string, ...string[]], text: string): Change => {
      let asked = 0;
      return {
        holds: async () => {
          asked += 1;
          return (await host.machine.run(['nsenter', `--net=/run/netns/qrouter-${id}`, ...argv], { accept: [1, 255] })).stdout.includes(text);
        },
        asked: () => asked,
      };
    };
    await take('an extra route → in the kernel', async (index) => {
      const { id } = router(index);
      await api.send('PUT', `/v2.0/routers/${id}`, { router: { routes: [{ destination: `192.168.${index}.0/24`, nexthop: `10.0.${index}.9` }] } });
      return inside(id, ['ip', 'route', 'show', `192.168.${index}.0/24`], '192.168');
    });
    await take('a floating IP moved to another address → in the kernel', async (index) => {
      const { id, network, floatingIp } = router(index);
      const port = (await api.json('POST', '/v2.0/ports', { port: { network_id: network } }))['port'] as { readonly id: string; readonly fixed_ips: readonly { readonly ip_address: string }[] };
      await api.send('PUT', `/v2.0/floatingips/${floatingIp}`, { floatingip: { port_id: port.id } });
      return inside(id, ['iptables', '-t', 'nat', '-S', 'neutron-l3-agent-PREROUTING'], `--to-destination ${port.fixed_ips[0]?.ip_address ?? ''}`);
    });
    await take('an interface → its address in the kernel', async (index) => {
      const { id } = router(index);
      await addInterface(api, id, `172.16.${index}.0/24`);
      return inside(id, ['ip', '-4', 'address'], `172.16.${index}.1/24`);
    });
    await take('a new router with a floating IP → ACTIVE', async (index) => {
      const made = await makeRouter(api, fleet.outside, 1000 + index);
      return { holds: async () => ((await api.json('GET', `/v2.0/floatingips/${made.floatingIp}`))['floatingip'] as { readonly status: string }).status === 'ACTIVE', asked: () => 0 };
    });
  }
}

interface Change {
  readonly holds: () => Promise<boolean>;
  /** How many processes the asking has cost on the host. */
  readonly asked: () => number;
}

async function until(what: string, holds: () => Promise<boolean>, everyMs = 10): Promise<void> {
  for (const deadline = Date.now() + TIMEOUT_MS; !(await holds()); await sleep(everyMs)) if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
}

function failed(): never {
  throw new Error('there are no routers');
}
