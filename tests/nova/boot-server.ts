import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '@neutrino/lib/json';
import { openRelay } from '../support/hosts/relay.ts';
import type { LabHost } from '../support/hosts/lab-host.ts';
import { ADMIN_PASSWORD } from '../support/hosts/keystone-service.ts';
import { openTwoHostsLab, type TwoHostsLab } from '../support/hosts/two-hosts-lab.ts';
import { cloudClient, type CloudClient } from './cloud-client.ts';
import { uploadGuest, uploadNothing } from './guest-image.ts';
import { installNova, PORTS, type NovaInstallation } from './nova-installation.ts';
import type { VirtDriver } from './nova-files.ts';
import { virtualKinds } from './virtual-kinds.ts';

interface BootOptions {
  /** The folder of Debian's packages. */
  readonly packages: string;
  readonly driver: VirtDriver;
  readonly tell: (text: string) => void;
}

/** A cloud of two hosts, and who asks it. */
interface Cloud {
  readonly lab: TwoHostsLab;
  readonly nova: NovaInstallation;
  readonly compute: LabHost;
  readonly admin: CloudClient;
  /** An ordinary user. */
  readonly demo: CloudClient;
  readonly tell: (text: string) => void;
}

const CIDR = '203.0.113.0/24';

/** Brings the cloud up, has a user boot a server on a network of ours, and looks at all that must be true of it; throws what is not. */
export async function bootServer({ packages, driver, tell }: BootOptions): Promise<void> {
  await using lab = await openTwoHostsLab({ computes: 1, tell });
  try {
    await inCloud(lab, { packages, driver, tell });
  } catch (error) {
    for (const host of lab.hosts) for (const [name, text] of logsOf(host)) process.stdout.write(`--- ${name} on ${host.name}\n${interesting(text)}\n`);
    throw error;
  }
}

async function inCloud(lab: TwoHostsLab, { packages, driver, tell }: BootOptions): Promise<void> {
  const [compute] = lab.computes as [LabHost];
  await lab.untilAlive(4);
  tell('the agents of both hosts are alive');
  const nova = await installNova(lab, { packages, driver, tell });
  using relay = openRelay(lab.controller);
  const at = async (port: number, path = ''): Promise<string> => `http://127.0.0.1:${await relay.to(lab.controller.address, port)}${path}`;
  const keystone = await at(5000, '/v3');
  const services = { compute: await at(PORTS.compute, '/v2.1'), image: await at(PORTS.image) };
  const cloud: Cloud = {
    lab, nova, compute, tell,
    admin: await cloudClient(keystone, { user: 'admin', password: ADMIN_PASSWORD, project: 'admin' }, services),
    demo: await cloudClient(keystone, { user: 'demo', password: 'demo', project: 'demo' }, services),
  };
  const network = await makeNetwork(lab);
  tell(`the network ${network} with the subnet ${CIDR} is there`);
  const { isReal } = virtualKinds[driver];
  const image = await (isReal ? uploadGuest(cloud.admin) : uploadNothing(cloud.admin));
  const { flavor } = await cloud.admin.request('compute', 'POST', '/flavors', { flavor: { name: 'tiny', ram: 256, vcpus: 1, disk: 1 } });
  tell('a guest is in Glance, and Nova has a flavor for it');
  const server = await createServer(cloud, { network, image, flavor: String((flavor as JsonObject)['id']) });
  if (isReal) await readConsole(cloud, server);
  else await plugByHand(cloud, server);
  await deleteServer(cloud, server, network);
  await lookForErrors(cloud);
}

async function makeNetwork({ admin }: TwoHostsLab): Promise<string> {
  const { network } = await admin.request('POST', '/v2.0/networks', { network: { name: 'provider', shared: true, 'provider:network_type': 'flat', 'provider:physical_network': 'provider' } });
  const id = String((network as JsonObject)['id']);
  // Without a router there, DHCP tells instances the way to their metadata.
  await admin.request('POST', '/v2.0/subnets', { subnet: { network_id: id, ip_version: 4, cidr: CIDR, gateway_ip: null } });
  return id;
}

interface Server {
  readonly id: string;
  readonly port: JsonObject;
  readonly tap: string;
}

async function createServer({ lab, compute, nova, demo, tell }: Cloud, { network, image, flavor }: Readonly<Record<'network' | 'image' | 'flavor', string>>): Promise<Server> {
  await using links = await compute.start('links', ['ip', '-ts', 'monitor', 'link']);
  const begun = performance.now();
  const { server } = await demo.request('compute', 'POST', '/servers', { server: { name: 'guest', imageRef: image, flavorRef: flavor, networks: [{ uuid: network }] } });
  const id = String((server as JsonObject)['id']);
  tell(`demo asks for the server ${id}`);
  const active = await until('the server is ACTIVE', 300_000, async () => {
    const { server: now } = (await demo.request('compute', 'GET', `/servers/${id}`)) as { server: JsonObject };
    if (now['status'] === 'ERROR') throw new Error(`the server came to nothing: ${JSON.stringify(now['fault'])}`);
    return now['status'] === 'ACTIVE' ? now : undefined;
  });
  tell(`it is ACTIVE after ${seconds(performance.now() - begun)}, with ${JSON.stringify(active['addresses'])}`);
  const { ports } = (await lab.admin.request('GET', `/v2.0/ports?device_id=${id}`)) as { ports: readonly JsonObject[] };
  const [port, ...others] = ports;
  if (port === undefined || others.length > 0) throw new Error(`the server has ${ports.length} ports`);
  expect('its port', port, { 'binding:host_id': compute.name, 'binding:vif_type': 'bridge', device_owner: 'compute:nova', network_id: network });
  const tap = `tap${String(port['id']).slice(0, 11)}`;
  reportPlug(links.output(), nova, { tap, port: String(port['id']) }, tell);
  return { id, port, tap };
}

/** How long it took from the device to Nova's being told. Both say the time of the same clock. */
function reportPlug(links: string, nova: NovaInstallation, { tap, port }: { readonly tap: string; readonly port: string }, tell: (text: string) => void): void {
  const appeared = new RegExp(String.raw`^\[([\d:T.-]+)\] \d+: ${tap}[@:]`, 'm').exec(links)?.[1];
  const told = new RegExp(String.raw`^([\d-]+ [\d:.]+) .*Creating event network-vif-plugged:${port}`, 'm').exec(nova.api.output())?.[1];
  if (appeared === undefined || told === undefined) return;
  tell(`Nova took network-vif-plugged ${Math.round(Date.parse(told.replace(' ', 'T')) - Date.parse(appeared))} ms after ${tap} had appeared`);
}

async function readConsole({ lab, demo, tell, nova }: Cloud, { id, port }: Server): Promise<void> {
  const waited = /Instance event wait completed in \d+ seconds for network-vif-plugged/.exec(nova.compute.output());
  if (waited === null) throw new Error('nova-compute did not wait for network-vif-plugged');
  expect('its port', ((await lab.admin.request('GET', `/v2.0/ports/${String(port['id'])}`))['port'] ?? {}) as JsonObject, { status: 'ACTIVE' });
  const console = await until('the guest has said all that it has to say', 180_000, async () => {
    const { output } = await demo.request('compute', 'POST', `/servers/${id}/action`, { 'os-getConsoleOutput': { length: 200 } });
    return typeof output === 'string' && output.includes('GUEST done') ? output : undefined;
  });
  const said = console.split(/\r?\n/).filter((line) => line.startsWith('GUEST '));
  for (const line of said) tell(line.slice(0, 160));
  const [fixed] = port['fixed_ips'] as readonly JsonObject[];
  for (const text of [
    `GUEST mac ${String(port['mac_address'])}`,
    `GUEST address ${String(fixed?.['ip_address'])}/`,
    'GUEST metadata latest/meta-data/instance-id i-',
    `"uuid": "${id}"`,
  ]) if (!said.some((line) => line.includes(text))) throw new Error(`the guest did not say "${text}":\n${console.slice(-3000)}`);
  tell('the guest has the address of its port, and its metadata is its own');
}

/** Where there is no machine, its device is made as one would be; Nova hears of it. */
async function plugByHand({ lab, compute, nova, tell }: Cloud, { id, port, tap }: Server): Promise<void> {
  const begun = performance.now();
  await compute.run(['ip', 'link', 'add', tap, 'type', 'veth', 'peer', 'name', 'machine', 'address', String(port['mac_address'])]);
  await compute.run(['ip', 'link', 'set', tap, 'up']);
  const told = `Creating event network-vif-plugged:${String(port['id'])} for instance ${id}`;
  await until('Nova is told that the port is plugged', 60_000, async () => (nova.api.output().includes(told) ? true : undefined));
  tell(`Nova took network-vif-plugged ${Math.round(performance.now() - begun)} ms after the device was made`);
  expect('its port', ((await lab.admin.request('GET', `/v2.0/ports/${String(port['id'])}`))['port'] ?? {}) as JsonObject, { status: 'ACTIVE' });
  await compute.run(['ip', 'link', 'delete', tap]);
  await until('Nova is told that the port is unplugged', 60_000, async () => (nova.api.output().includes(told.replace('plugged', 'unplugged')) ? true : undefined));
  tell('and network-vif-unplugged when it was gone');
}

async function deleteServer({ lab, compute, demo, tell }: Cloud, { id, port, tap }: Server, network: string): Promise<void> {
  const begun = performance.now();
  await demo.request('compute', 'DELETE', `/servers/${id}`);
  await until('the server is gone', 120_000, async () => {
    const { servers } = (await demo.request('compute', 'GET', '/servers')) as { servers: readonly JsonObject[] };
    return servers.length === 0 ? true : undefined;
  });
  tell(`the server is deleted after ${seconds(performance.now() - begun)}`);
  await until('nothing of it is left', 30_000, async () => {
    const { ports } = (await lab.admin.request('GET', `/v2.0/ports?device_id=${id}`)) as { ports: readonly JsonObject[] };
    const links = (await compute.run(['ip', '-br', 'link'])).stdout;
    const leases = (await lab.controller.run(['sh', '-c', 'cat /var/lib/neutron/dhcp/*/host'], { accept: [1] })).stdout;
    const rules = (await compute.run(['iptables-save'])).stdout;
    const instances = readdirSync(compute.path('/var/lib/nova/instances')).includes(id);
    return ports.length === 0 && !links.includes(tap) && !leases.includes(String(port['mac_address'])) && !rules.includes(tap.slice(3, 12)) && !instances ? true : undefined;
  });
  await lab.admin.request('DELETE', `/v2.0/networks/${network}`);
  await until('the bridges of its network are gone', 60_000, async () => {
    const links = await Promise.all([lab.controller, compute].map(async (host) => (await host.run(['ip', '-br', 'link'])).stdout));
    return links.some((text) => text.includes(`brq${network.slice(0, 11)}`)) ? undefined : true;
  });
  tell('nothing of it is left: no port, no device, no rule, no lease, no bridge');
}

/** Nova and the network service were on speaking terms throughout. */
async function lookForErrors({ lab }: Cloud): Promise<void> {
  const output = lab.program(lab.controller, 'neutron-server').output();
  const wrong = output.split('\n').filter((line) => /Nova (cannot be told|could not be told)|too many events|"level":(50|60)| ERROR /.test(line));
  if (wrong.length > 0) throw new Error(`the server logged errors:\n${wrong.join('\n')}`);
}

function expect(what: string, object: JsonObject, wanted: JsonObject): void {
  for (const [name, value] of Object.entries(wanted)) if (object[name] !== value) throw new Error(`${what} has ${name} = ${JSON.stringify(object[name])}, not ${JSON.stringify(value)}`);
}

async function until<T>(what: string, timeoutMs: number, ask: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(500)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  throw new Error(`${seconds(timeoutMs)} were not enough until ${what}`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** What each program on a host wrote. */
function logsOf(host: LabHost): readonly (readonly [string, string])[] {
  const folder = host.path('/var/log');
  return readdirSync(folder).filter((name) => name.endsWith('.out')).map((name) => [name.slice(0, -4), readFileSync(join(folder, name), 'utf8')]);
}

/** What a log says of errors, and its end. */
function interesting(output: string): string {
  const lines = output.split('\n').filter((line) => !line.includes(' DEBUG ')).map((line) => line.slice(0, 300));
  return [...lines.filter((line) => /ERROR|Traceback/.test(line)).slice(0, 20), ...lines.slice(-25)].join('\n');
}
