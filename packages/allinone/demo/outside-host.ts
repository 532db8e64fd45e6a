import type { Host } from '../host/host.ts';
import { inhabitantsOf } from '../host/inhabitants.ts';
import { PROVIDER_INTERFACE } from '../host/private-host.ts';
import { end } from '../host/process-identity.ts';
import { machineIn, type Machine } from './machine.ts';

const NAMESPACE = 'outside';
const BRIDGE = 'outside0';

/** A machine beyond the router: on the wire of the provider's network, inside the private host. It has a route to its own link only. */
export async function addOutsideHost(host: Host, address: string): Promise<Machine> {
  const batch = [
    `link add ${BRIDGE} type bridge`,
    `link set ${PROVIDER_INTERFACE}-far master ${BRIDGE}`,
    `link add ${BRIDGE}-wire master ${BRIDGE} type veth peer name eth0 netns ${NAMESPACE}`,
    `link set ${BRIDGE} up`,
    `link set ${BRIDGE}-wire up`,
  ];
  await host.run(['ip', 'netns', 'add', NAMESPACE]);
  await host.run(['ip', '-batch', '-'], { input: `${batch.join('\n')}\n` });
  await host.run(['ip', '-n', NAMESPACE, '-batch', '-'], { input: `link set lo up\naddress add ${address} dev eth0\nlink set eth0 up\n` });
  return machineIn(host, NAMESPACE);
}

export async function removeOutsideHost(host: Host): Promise<void> {
  await Promise.all((await inhabitantsOf(host, NAMESPACE)).map((inhabitant) => end(inhabitant, 1_000)));
  await host.run(['ip', '-batch', '-'], { input: `link delete ${BRIDGE}-wire\nlink delete ${BRIDGE}\n` });
  await host.run(['ip', 'netns', 'delete', NAMESPACE]);
}
