import { tapName } from '@neutrino/agent/l2/device-names';
import type { JsonObject } from '@neutrino/lib/json';
import type { LabHost } from '../support/hosts/lab-host.ts';

/** A namespace at the end of a wire that is named, bound and plugged as Nova does it. */
export interface Instance {
  readonly name: string;
  readonly host: LabHost;
  readonly portId: string;
  readonly address: string;
}

/** What of a network an instance's device follows. */
export interface InstanceNetwork {
  readonly id: string;
  readonly mtu: number;
  readonly gateway: string;
}

export function portRequest(networkId: string, host: LabHost, name: string, groups: readonly string[]): JsonObject {
  return { port: { network_id: networkId, name, device_id: name, device_owner: 'compute:nova', 'binding:host_id': host.name, security_groups: [...groups] } };
}

/** Plugs the instance that belongs to a port. */
export async function plugInstance(host: LabHost, port: JsonObject, { mtu, gateway }: InstanceNetwork): Promise<Instance> {
  const [id, name, mac] = [port['id'], port['name'], port['mac_address']].map(String) as [string, string, string];
  const [fixedIp] = port['fixed_ips'] as readonly JsonObject[];
  const address = String(fixedIp?.['ip_address']);
  const tap = tapName(id);
  await host.run(['ip', '-batch', '-'], {
    input: `netns add ${name}\nlink add ${tap} mtu ${mtu} type veth peer name eth0 address ${mac} mtu ${mtu} netns ${name}\n`,
  });
  await host.run(['ip', '-n', name, '-batch', '-'], { input: `link set lo up\nlink set eth0 up\naddress add ${address}/24 dev eth0\nroute add default via ${gateway}\n` });
  await host.run(['ip', 'link', 'set', tap, 'up']);
  return { name, host, portId: id, address };
}

/** Takes the instance away; its wire goes with it. */
export async function unplugInstance({ host, name, portId }: Pick<Instance, 'host' | 'name' | 'portId'>): Promise<void> {
  await host.run(['ip', 'link', 'delete', tapName(portId)], { accept: [1] });
  await host.run(['ip', 'netns', 'delete', name], { accept: [1] });
}
