import { namespaceOfInstance, plugInstance } from '@neutrino/allinone/instances/instance-namespace';
import type { InstanceRecord, Lease } from '@neutrino/allinone/instances/instance-record';
import { waitFor } from '@neutrino/allinone/instances/instance-service';
import type { RunOptions, RunResult } from '@neutrino/agent/privileged/run';
import type { Session } from '@neutrino/client/session';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LabHost } from './lab-host.ts';

/** A network namespace that plays a virtual machine, on a port that is bound to its host as Nova binds one. */
export interface Instance extends AsyncDisposable {
  readonly record: InstanceRecord;
  readonly host: LabHost;
  readonly port: JsonObject;
  /** Its first fixed address. */
  readonly address: string;
  run(argv: readonly [string, ...string[]], options?: RunOptions): Promise<RunResult>;
  /** What stands before a program's name so that it runs inside. */
  readonly enter: readonly string[];
  untilActive(timeoutMs?: number): Promise<void>;
  /** Boots it: a DHCP client asks for its address, and goes on renewing it. */
  boot(): Promise<void>;
  untilLeased(timeoutMs?: number): Promise<Lease>;
  /** What it said while it booted. */
  console(): string;
}

const CLIENT_SCRIPT = fileURLToPath(import.meta.resolve('@neutrino/allinone/service')).replace(/service\.ts$/, 'share/dhcp-client-event');

export interface InstanceOptions {
  readonly name?: string;
  /** Of the port that is made, besides network, device and binding. */
  readonly port?: JsonObject;
}

/** Makes the port, then the device; the instance is not booted yet. `admin`: who binds the port. Disposed of, it goes with its port. */
export async function plugIn(admin: Session, host: LabHost, networkId: string, { name = 'instance', port: attributes = {} }: InstanceOptions = {}): Promise<Instance> {
  const id = randomUUID();
  const { port } = await admin.request('POST', '/v2.0/ports', {
    port: { ...attributes, network_id: networkId, device_id: id, device_owner: 'compute:nova', 'binding:host_id': host.name },
  });
  if (!isJsonObject(port)) throw new Error('no port was made');
  const portId = String(port['id']);
  const release = async (): Promise<void> => void (await admin.request('DELETE', `/v2.0/ports/${portId}`));
  if (port['binding:vif_type'] !== 'bridge') {
    await release();
    throw new Error(`port ${portId} could not be bound to ${host.name}: binding:vif_type is ${String(port['binding:vif_type'])}`);
  }
  const { network } = (await admin.request('GET', `/v2.0/networks/${networkId}`)) as { network: JsonObject };
  const record: InstanceRecord = {
    id, name, portId, networkId, ownsPort: true, projectId: String(port['project_id']), macAddress: String(port['mac_address']), mtu: Number(network['mtu']), createdAt: new Date().toISOString(),
  };
  await plugInstance(host, record);
  const namespace = namespaceOfInstance(record);
  const directory = `/var/lib/instances/${id}`;
  await host.run(['mkdir', '-p', directory]);
  const [fixedIp] = port['fixed_ips'] as readonly JsonObject[];
  const enter = ['ip', 'netns', 'exec', namespace];
  const clients = new AsyncDisposableStack();
  return {
    record,
    host,
    port,
    address: String(fixedIp?.['ip_address']),
    enter: [...host.enter, ...enter],
    run: (argv, options) => host.run(argv, { ...options, netns: namespace }),
    untilActive: (timeoutMs = 90_000) =>
      waitFor(`port ${portId} to become ACTIVE`, timeoutMs, async () => (((await admin.request('GET', `/v2.0/ports/${portId}`))['port'] as JsonObject)['status'] === 'ACTIVE' ? true : undefined)).then(() => undefined),
    async boot() {
      const argv = [...enter, 'udhcpc', '-f', '-i', 'eth0', '-t', '3', '-T', '1', '-A', '1', '-R', '-x', `hostname:${name}`, '-O', 'staticroutes', '-O', 'mtu', '-s', CLIENT_SCRIPT];
      clients.use(await host.start(`dhcp-client-${portId.slice(0, 11)}`, argv, { env: { INSTANCE_DIRECTORY: directory } }));
    },
    untilLeased: (timeoutMs = 90_000) =>
      waitFor(`a DHCP lease for ${name}`, timeoutMs, () => (existsSync(host.path(`${directory}/lease.json`)) ? (JSON.parse(host.read(`${directory}/lease.json`)) as Lease) : undefined)),
    console: () => (existsSync(host.path(`${directory}/console.log`)) ? host.read(`${directory}/console.log`) : ''),
    async [Symbol.asyncDispose]() {
      await clients.disposeAsync();
      await host.run(['ip', 'link', 'delete', `tap${portId.slice(0, 11)}`], { accept: [1] });
      await host.run(['ip', 'netns', 'delete', namespace], { accept: [1] });
      await release();
    },
  };
}
