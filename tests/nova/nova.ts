import { inspect, parseArgs } from 'node:util';
import { hostNamespaces, virtualMachine } from '../support/capabilities.ts';
import { controllerServicesHere } from '../support/hosts/controller-services.ts';
import { bootServer } from './boot-server.ts';
import type { VirtDriver } from './nova-files.ts';
import { novaPackages } from './nova-packages.ts';
import { virtualKinds } from './virtual-kinds.ts';

/**
 * `make nova`: Debian's Nova on two hosts with this project's server and agents. Says what it does and how long that took; ends with 0
 * where all of it came out as it should, or cannot run here.
 */
const { values } = parseArgs({ options: { driver: { type: 'string', default: 'libvirt' } } });
const { driver } = values;
if (!isDriver(driver)) throw new Error(`--driver ${driver}: there are ${Object.keys(virtualKinds).join(' and ')}`);

const begun = performance.now();
const tell = (text: string): void => void process.stdout.write(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${text}\n`);
const packages = packagesOrReason();
if ('reason' in packages) {
  process.stdout.write(`SKIPPED: Nova cannot run here: ${packages.reason}\n`);
} else {
  try {
    await bootServer({ packages: packages.folder, driver, tell });
    tell('all of it came out as it should');
  } catch (error) {
    tell(`FAILED: ${inspect(error)}`);
    process.exitCode = 1;
  }
}

function isDriver(name: string): name is VirtDriver {
  return Object.hasOwn(virtualKinds, name);
}

function packagesOrReason(): { readonly folder: string } | { readonly reason: string } {
  const reason = [hostNamespaces, ...controllerServicesHere, virtualMachine].map((capability) => capability.missing()).find((missing) => missing !== undefined);
  if (reason !== undefined) return { reason };
  tell("Debian's packages of Nova, Placement, Glance and libvirt are unpacked, unless they are already");
  try {
    return { folder: novaPackages() };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}
