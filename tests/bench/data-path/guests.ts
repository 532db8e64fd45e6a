import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import { list, until, type Installation } from './installation.ts';

/** A port and the device of an instance on it, as Nova has them. */
export interface Guest {
  readonly portId: string;
  readonly mac: string;
  readonly address: string;
  readonly namespace: string;
}

/** Ports bound to the host, and a namespace each for what will be plugged into it. */
export async function boundPorts(service: Installation, networkId: string, count: number): Promise<readonly Guest[]> {
  const body = (): JsonObject => ({ network_id: networkId, device_id: crypto.randomUUID(), device_owner: 'compute:nova', 'binding:host_id': service.hostName });
  const { ports } = await service.request('POST', '/v2.0/ports', { ports: Array.from({ length: count }, body) });
  const guests = (Array.isArray(ports) ? ports.filter(isJsonObject) : []).map((port): Guest => {
    const portId = String(port['id']);
    const [fixedIp] = port['fixed_ips'] as readonly JsonObject[];
    return { portId, mac: String(port['mac_address']), address: String(fixedIp?.['ip_address'] ?? ''), namespace: `vm-${portId.slice(0, 11)}` };
  });
  await service.host.run(['ip', '-batch', '-'], { input: guests.map(({ namespace }) => `netns add ${namespace}\n`).join('') });
  return guests;
}

/** All in one batch of ip(8): a device is whole when the next is begun. Gives the moment of its beginning. */
export async function plug(service: Installation, guests: readonly Guest[]): Promise<number> {
  const input = guests.map(({ portId, mac, namespace }) => {
    const tap = `tap${portId.slice(0, 11)}`;
    return `link add ${tap} type veth peer name eth0 address ${mac} netns ${namespace}\nlink set ${tap} up\n`;
  });
  const started = performance.now();
  await service.host.run(['ip', '-batch', '-'], { input: input.join('') });
  return started;
}

export async function unplug({ host }: Installation, guests: readonly Guest[]): Promise<void> {
  await host.run(['ip', '-batch', '-'], { input: guests.map(({ portId }) => `link delete tap${portId.slice(0, 11)}\n`).join('') });
}

/** Sorted milliseconds from `started` until each port is ACTIVE (or DOWN). */
export async function timesToActive(service: Installation, networkId: string, guests: readonly Guest[], started: number, status = 'ACTIVE'): Promise<readonly number[]> {
  const missing = new Set(guests.map(({ portId }) => portId));
  const times: number[] = [];
  await until(`${guests.length} ports that are ${status}`, async () => {
    const active = await list(service, 'ports', `network_id=${networkId}&status=${status}&fields=id`);
    for (const { id } of active) if (missing.delete(String(id))) times.push(performance.now() - started);
    return missing.size === 0 ? true : undefined;
  });
  return times;
}

/** Boots all of them at once; sorted milliseconds until each has a lease. */
export async function timesToLease({ host }: Installation, guests: readonly Guest[], started = performance.now()): Promise<readonly number[]> {
  await host.run(['sh', '-c', guests.map(({ namespace }) => `ip -n ${namespace} link set eth0 up`).join('\n')]);
  const times = await Promise.all(guests.map(async ({ namespace, address }) => {
    const { stderr, stdout } = await host.run(['udhcpc', '-f', '-q', '-n', '-i', 'eth0', '-t', '10', '-T', '1', '-s', '/bin/true'], { netns: namespace });
    if (!`${stdout}${stderr}`.includes(address)) throw new Error(`the lease is of another address than ${address}: ${stderr}`);
    return performance.now() - started;
  }));
  return times.toSorted((a, b) => a - b);
}
