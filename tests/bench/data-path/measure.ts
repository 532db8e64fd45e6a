import { setTimeout as sleep } from 'node:timers/promises';
import { groupChain, groupSetName } from '@neutrino/agent/l2/filter-names';
import { median, type Figure } from '../report.ts';
import { boundPorts, plug, timesToActive, timesToLease, unplug, type Guest } from './guests.ts';
import { list, make, memory, until, type Installation } from './installation.ts';

const TRIES = 7;
const MANY = 50;
const FLEET = 200;
const REST_MS = 300;

/** Milliseconds, and MiB. */
const targets = { plugOne: 100, plugMany: 1000, rule: 50, ruleOfFleet: 200, subnet: 300, fleet: 3000, memory: 70 } as const;

/** All that the targets are about, one after the other, on an installation that has nothing yet. */
export async function measureDataPath(service: Installation): Promise<readonly Figure[]> {
  const figures: Figure[] = memoryOf(service, 'after a start');
  const take = (name: string, all: readonly number[], target?: number): void => void figures.push({ name, value: median(all), unit: 'ms', all, ...(target === undefined ? {} : { target }) });

  const subnets = await repeated(async (index) => newSubnet(service, index));
  take('new subnet → its DHCP port ACTIVE', subnets.map(({ active }) => active), targets.subnet);
  take('new subnet → lease of a guest plugged meanwhile', subnets.map(({ lease }) => lease));

  const network = await make(service, 'network', { name: 'bench' });
  await make(service, 'subnet', { network_id: network.id, ip_version: 4, cidr: '10.6.0.0/21' });
  await until('DHCP', async () => ((await list(service, 'ports', `network_id=${network.id}&status=ACTIVE`)).length > 0 ? true : undefined));
  const group = String((await list(service, 'security_groups', `project_id=${service.projectId}&name=default`))[0]?.['id']);

  const guests: Guest[] = [];
  const plugIn = async (count: number): Promise<{ readonly active: readonly number[]; readonly guests: readonly Guest[] }> => {
    const some = await boundPorts(service, network.id, count);
    await sleep(REST_MS);
    const started = await plug(service, some);
    guests.push(...some);
    return { active: await timesToActive(service, network.id, some, started), guests: some };
  };
  take('one device → ACTIVE', (await repeated(() => plugIn(1))).flatMap(({ active }) => active), targets.plugOne);
  take('rule → in the kernel', await repeated((index) => ruleInKernel(service, { group, port: 7001 + index })), targets.rule);
  for (const run of [1, 2]) {
    const { active, guests: some } = await plugIn(MANY);
    spread(figures, `${MANY} devices at once, run ${run} → ACTIVE`, active, targets.plugMany);
    spread(figures, `${MANY} guests booted at once, run ${run} → lease`, await timesToLease(service, some));
  }
  figures.push(...memoryOf(service, `with ${guests.length} devices`));

  await unplug(service, guests);
  // From the end: to take a device down keeps the kernel busy for 30 ms.
  const unplugged = performance.now();
  const down = await timesToActive(service, network.id, guests, unplugged, 'DOWN');
  spread(figures, `${guests.length} devices that go at once → DOWN`, down);
  for (const { portId } of guests) await service.request('DELETE', `/v2.0/ports/${portId}`);

  const fleet = await boundPorts(service, network.id, FLEET);
  const asked = await service.restartAround(async () => void (await plug(service, fleet)));
  spread(figures, `start of the agent with ${FLEET} new devices → ACTIVE`, await timesToActive(service, network.id, fleet, asked), targets.fleet);
  await sleep(1000);
  take(`rule → in the kernel, with ${FLEET} ports`, await repeated((index) => ruleInKernel(service, { group, port: 8001 + index })), targets.ruleOfFleet);
  take(`one device → ACTIVE, with ${FLEET} ports`, (await repeated(() => plugIn(1))).flatMap(({ active }) => active));
  figures.push(...memoryOf(service, `with ${FLEET + TRIES} devices`));
  return figures;
}

async function repeated<T>(work: (index: number) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = [];
  for (let index = 0; index < TRIES; index++) {
    await sleep(REST_MS);
    results.push(await work(index));
  }
  return results;
}

function spread(figures: Figure[], name: string, sorted: readonly number[], target?: number): void {
  figures.push(
    { name: `${name}: first`, value: sorted[0] ?? Number.NaN, unit: 'ms' },
    { name: `${name}: last`, value: sorted.at(-1) ?? Number.NaN, unit: 'ms', ...(target === undefined ? {} : { target }) },
  );
}

function memoryOf(service: Installation, when: string): Figure[] {
  const each = Object.keys(service.agents()).length > 1;
  return [...memory(service, when, each ? targets.memory : undefined)];
}

/** A guest cannot ask before its port is there: the lease's time holds the making of the port, its plugging and the client's own start. */
async function newSubnet(service: Installation, index: number): Promise<{ readonly active: number; readonly lease: number }> {
  const network = await make(service, 'network', { name: `subnet-${index}` });
  const started = performance.now();
  await make(service, 'subnet', { network_id: network.id, ip_version: 4, cidr: `10.7.${index}.0/24` });
  const activeAfter = until('the DHCP port', async () => {
    const ports = await list(service, 'ports', `network_id=${network.id}&status=ACTIVE&fields=device_owner`);
    return ports.some((port) => port['device_owner'] === 'network:dhcp') ? performance.now() - started : undefined;
  });
  const guests = await boundPorts(service, network.id, 1);
  await plug(service, guests);
  await timesToActive(service, network.id, guests, started);
  const active = await activeAfter;
  const [lease = Number.NaN] = await timesToLease(service, guests, started);
  return { active, lease };
}

interface NewRule {
  readonly group: string;
  readonly port: number;
}

async function ruleInKernel(service: Installation, { group, port }: NewRule): Promise<number> {
  const started = performance.now();
  await make(service, 'security_group_rule', { security_group_id: group, direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp', port_range_min: port, port_range_max: port });
  // This chain alone: to print all chains of a full host takes longer than what is measured.
  const chain = groupChain('ingress', groupSetName([group]));
  await until('the rule', async () => (await service.host.run(['iptables', '-S', chain])).stdout.includes(`--dport ${port} `) || undefined, 0);
  return performance.now() - started;
}
