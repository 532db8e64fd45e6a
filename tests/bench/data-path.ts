import { setTimeout as sleep } from 'node:timers/promises';
import { readService } from '@neutrino/allinone/running-service';
import type { Host } from '@neutrino/allinone/host/host';
import { bootInstance, namespaceOfInstance, plugInstance } from '@neutrino/allinone/instances/instance-namespace';
import { readLease, saveInstance, type InstanceRecord } from '@neutrino/allinone/instances/instance-record';
import type { Session } from '@neutrino/client/session';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import { neutrinoService, type NeutrinoService, type Run } from '../support/neutrino-service.ts';
import { median, report, residentMemory, type Figure } from './report.ts';

/**
 * From a device to its port's ACTIVE and its DHCP lease, from a rule to the kernel, starts, and memory; as root:
 * node --conditions=neutrino-source tests/bench/data-path.ts
 */
const TRIES = 5;
const MANY = 50;
const TIMEOUT_MS = 90_000;

interface Bench {
  readonly service: NeutrinoService;
  readonly admin: Session;
  readonly host: Host;
  readonly hostName: string;
  readonly networkId: string;
}

/** As Nova names the device of a port. */
const tap = (portId: string): string => `tap${portId.slice(0, 11)}`;

/** A bound port, and the record of an instance that is to be plugged into it. */
async function boundPort({ admin, hostName, networkId }: Bench, name: string): Promise<InstanceRecord> {
  const id = crypto.randomUUID();
  const attributes = { name, network_id: networkId, device_id: id, device_owner: 'compute:nova', 'binding:host_id': hostName };
  const { port } = await admin.request('POST', '/v2.0/ports', { port: attributes });
  if (!isJsonObject(port)) throw new Error('the answer has no port');
  return {
    id, name, networkId,
    portId: String(port['id']),
    projectId: String(port['project_id']),
    macAddress: String(port['mac_address']),
    mtu: 1400,
    ownsPort: true,
    createdAt: new Date().toISOString(),
  };
}

async function until<T>(what: string, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(5);
  }
}

async function activePorts({ admin, networkId }: Bench): Promise<ReadonlySet<unknown>> {
  const { ports } = await admin.request('GET', `/v2.0/ports?network_id=${networkId}&status=ACTIVE&fields=id`);
  return new Set(Array.isArray(ports) ? ports.filter(isJsonObject).map(({ id }) => id) : []);
}

/** Milliseconds from the moment before the device is made to ACTIVE, and to the lease that the guest then asks for. */
async function plugOne(bench: Bench, name: string): Promise<{ readonly active: number; readonly lease: number }> {
  const { service: { state }, host } = bench;
  const record = await boundPort(bench, name);
  saveInstance(state, record);
  const started = performance.now();
  await plugInstance(host, record);
  await until('ACTIVE', async () => (await activePorts(bench)).has(record.portId) || undefined);
  const active = performance.now() - started;
  bootInstance(state, host, record);
  await until('a lease', () => readLease(state, record.id));
  return { active, lease: performance.now() - started };
}

/**
 * Devices that appear together, in one batch of ip(8); sorted milliseconds to ACTIVE, and to the lease that each
 * guest gets: all of them boot when the last port is ACTIVE.
 */
async function plugMany(bench: Bench, count: number): Promise<{ readonly active: readonly number[]; readonly lease: readonly number[] }> {
  const { service: { state }, host } = bench;
  const records: InstanceRecord[] = [];
  for (let index = 0; index < count; index++) {
    const record = await boundPort(bench, `many-${index}`);
    saveInstance(state, record);
    await host.run(['ip', 'netns', 'add', namespaceOfInstance(record)]);
    records.push(record);
  }
  const lines = records.flatMap(({ portId, macAddress }) => [
    `link add ${tap(portId)} type veth peer name far${portId.slice(0, 11)} address ${macAddress}`,
    `link set far${portId.slice(0, 11)} up`,
    `link set ${tap(portId)} up`,
  ]);
  const started = performance.now();
  await host.run(['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });
  const active = await timesUntilAll(records, started, async () => {
    const ports = await activePorts(bench);
    return ({ portId }) => ports.has(portId);
  });
  const moves = records.map((record) => `link set far${record.portId.slice(0, 11)} netns ${namespaceOfInstance(record)} name eth0`);
  await host.run(['ip', '-batch', '-'], { input: `${moves.join('\n')}\n` });
  for (const record of records) bootInstance(state, host, record);
  const lease = await timesUntilAll(records, started, () => ({ id }) => readLease(state, id) !== undefined);
  return { active, lease };
}

/** Sorted milliseconds from `started` until `look` finds each record done. */
async function timesUntilAll(
  records: readonly InstanceRecord[],
  started: number,
  look: () => Promise<(record: InstanceRecord) => boolean> | ((record: InstanceRecord) => boolean),
): Promise<readonly number[]> {
  const times = new Map<string, number>();
  await until(`${records.length} instances`, async () => {
    const done = await look();
    for (const record of records) if (!times.has(record.id) && done(record)) times.set(record.id, performance.now() - started);
    return times.size === records.length || undefined;
  });
  return [...times.values()].toSorted((a, b) => a - b);
}

async function ruleInEffect({ admin, host }: Bench, groupId: string, port: number): Promise<number> {
  const started = performance.now();
  const rule = { security_group_id: groupId, direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp', port_range_min: port, port_range_max: port };
  await admin.request('POST', '/v2.0/security-group-rules', { security_group_rule: rule });
  await until('the rule', async () => (await host.run(['iptables-save', '-t', 'filter'])).stdout.includes(`--dport ${port} `) || undefined);
  return performance.now() - started;
}

function spread(name: string, sorted: readonly number[]): Figure[] {
  return [
    { name: `${name}, first`, value: sorted[0] ?? Number.NaN, unit: 'ms' },
    { name: `${name}, median`, value: median(sorted), unit: 'ms' },
    { name: `${name}, last`, value: sorted.at(-1) ?? Number.NaN, unit: 'ms' },
  ];
}

function memory(service: NeutrinoService, run: Run, when: string): Figure[] {
  const agents = Number(/agents in pid (\d+)/.exec(run.output())?.[1]);
  const server = readService(service.state)?.pid ?? 0;
  return [
    { name: `resident, server, ${when}`, value: residentMemory(server), unit: 'MiB' },
    { name: `resident, agents, ${when}`, value: residentMemory(agents), unit: 'MiB' },
  ];
}

await using service = await neutrinoService();
const figures: Figure[] = [];
let run = await service.up();
figures.push({ name: 'first start, until ready', value: run.readyMs, unit: 'ms' });
const restart = async (name: string): Promise<void> => {
  const all: number[] = [];
  for (let round = 0; round < TRIES; round++) {
    await service.stop(run);
    run = await service.up();
    all.push(run.readyMs);
  }
  figures.push({ name, value: median(all), unit: 'ms', all });
};
await restart('later start, until ready');
figures.push(...memory(service, run, 'after a start'));

const admin = await service.admin();
const { network } = (await admin.request('POST', '/v2.0/networks', { network: { name: 'bench' } })) as { network: { id: string } };
await admin.request('POST', '/v2.0/subnets', { subnet: { network_id: network.id, ip_version: 4, cidr: '10.6.0.0/22' } });
const bench: Bench = { service, admin, host: service.host(), hostName: readService(service.state)?.hostName ?? '', networkId: network.id };
await until('DHCP', async () => ((await activePorts(bench)).size > 0 ? true : undefined));

const plugs: { active: number; lease: number }[] = [];
for (let round = 0; round < TRIES; round++) plugs.push(await plugOne(bench, `one-${round}`));
const [active, lease] = [plugs.map((each) => each.active), plugs.map((each) => each.lease)];
figures.push({ name: 'one device → ACTIVE', value: median(active), unit: 'ms', all: active }, { name: 'one device → DHCP lease', value: median(lease), unit: 'ms', all: lease });

const { security_groups: groups } = (await admin.request('GET', `/v2.0/security-groups?project_id=${admin.projectId}&name=default`)) as { security_groups: JsonObject[] };
const rules: number[] = [];
for (let round = 0; round < TRIES; round++) rules.push(await ruleInEffect(bench, String(groups[0]?.['id']), 7001 + round));
figures.push({ name: 'rule POST → iptables', value: median(rules), unit: 'ms', all: rules });

const many = await plugMany(bench, MANY);
figures.push(
  ...spread(`${MANY} devices at once → ACTIVE`, many.active),
  ...spread(`${MANY} devices at once → DHCP lease`, many.lease),
  ...memory(service, run, `with ${MANY + TRIES} devices`),
);
const MORE = 20;
for (let index = 0; index < MORE; index++) {
  const made = (await admin.request('POST', '/v2.0/networks', { network: { name: `more-${index}` } })) as { network: { id: string } };
  await admin.request('POST', '/v2.0/subnets', { subnet: { network_id: made.network.id, ip_version: 4, cidr: '10.7.0.0/24' } });
  await admin.request('POST', '/v2.0/ports', { ports: Array.from({ length: 8 }, () => ({ network_id: made.network.id })) });
}
// Only then is all of it at rest.
await until('DHCP on every network', async () => {
  const { ports } = await admin.request('GET', '/v2.0/ports?device_owner=network:dhcp&status=ACTIVE&fields=id');
  return (Array.isArray(ports) && ports.length === MORE + 1) || undefined;
});
await sleep(3000);
await restart('later start, 21 networks with DHCP, 55 devices, 215 ports');
report('The data path', figures);
