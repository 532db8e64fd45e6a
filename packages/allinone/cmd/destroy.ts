import { existsSync, rmSync } from 'node:fs';
import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import { leftoversOn } from '../host/leftovers.ts';
import { machineHost } from '../host/host.ts';
import { destroyPrivateHost } from '../host/private-host.ts';
import { listInstances } from '../instances/instance-record.ts';
import { stopInstance } from '../instances/instance-namespace.ts';
import { readService } from '../running-service.ts';
import { isStateDirectory, type StateDirectory } from '../state-directory.ts';
import { holdStateDirectory } from '../state-lock.ts';

/**
 * Removes everything of a stopped service: instances, private host, state. On the machine's own network the
 * agents' bridges and DHCP namespaces may carry what is not ours: they are named and left.
 */
export async function destroy(state: StateDirectory): Promise<void> {
  if (!existsSync(state.path)) return;
  // A mistyped path must not cost anybody their files.
  if (!isStateDirectory(state)) throw new CannotStart(`${state.path} is not a state directory of neutrino: nothing is removed`);
  using _held = holdStateDirectory(state);
  if (readService(state)?.hostNetwork === true) {
    for (const record of listInstances(state)) await stopInstance(state, machineHost, record);
    const left = await leftoversOn(machineHost, state.agents);
    const objects = left.filter((name) => !name.includes(': '));
    if (left.length > 0) process.stdout.write(`left on this machine: ${[...objects, `${left.length - objects.length} firewall rules`].join(', ')}\n`);
  }
  await destroyPrivateHost(state);
  rmSync(state.path, { recursive: true, force: true });
}
