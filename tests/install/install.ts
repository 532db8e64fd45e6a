import { inspect } from 'node:util';
import { controllerServicesHere } from '../support/hosts/controller-services.ts';
import { bootWith, controllerMachine, installationMachine } from './controller-machine.ts';

/**
 * `make install-vm`: docs/install.md on the controller, from its first command on, in a virtual machine that has systemd; then the same
 * machine switched off and on. Says what was done; ends with 0 where all of it came out as it should, or cannot run here.
 */
const reason = [...installationMachine, ...controllerServicesHere].map((capability) => capability.missing()).find((missing) => missing !== undefined);
if (reason === undefined) process.exitCode = await follow();
else process.stdout.write(`SKIPPED: docs/install.md cannot be followed here: ${reason}\n`);

async function follow(): Promise<number> {
  using machine = controllerMachine(2048);
  const onLine = (line: string): void => void process.stdout.write(`${line}\n`);
  try {
    for (const [what, program] of [['The machine is switched on', 'first-boot-process.ts'], ['The machine is switched on again', 'second-boot-process.ts']] as const) {
      process.stdout.write(`${what}\n`);
      const { status, stderr } = await bootWith(machine, program, { timeoutMs: 1_800_000, onLine });
      if (status !== 0) throw new Error(stderr.slice(-8000));
    }
    process.stdout.write('all of it came out as it should\n');
    return 0;
  } catch (error) {
    process.stdout.write(`FAILED: ${error instanceof Error ? error.message : inspect(error)}\n`);
    return 1;
  }
}
