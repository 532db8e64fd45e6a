import { command, virtualMachine } from '../support/capabilities.ts';
import { openSystemdMachine, type BootOptions, type SystemdMachine } from '../support/virtual-machine/systemd-machine.ts';
import type { GuestResult } from '../support/virtual-machine/guest-command.ts';

/** What following the page takes here. */
export const installationMachine = [virtualMachine, command('mkfs.ext4'), command('systemctl')] as const;

/** The page's controller, as Debian's installation leaves a machine. */
export function controllerMachine(memoryMb: number): SystemdMachine {
  return openSystemdMachine({ name: 'linux-node1', address: '192.168.56.11', hosts: ['192.168.56.11 linux-node1', '192.168.56.12 linux-node2'], memoryMb });
}

/** Boots it, and has the project's Node run a program of this folder there. */
export async function bootWith(machine: SystemdMachine, program: string, options: BootOptions): Promise<GuestResult> {
  return await machine.boot(['node_modules/.bin/node', `tests/install/${program}`], options);
}
