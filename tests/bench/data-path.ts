import { parseArgs } from 'node:util';
import { embedded } from './data-path/embedded.ts';
import { measureDataPath } from './data-path/measure.ts';
import { programs } from './data-path/programs.ts';
import { report } from './report.ts';

/**
 * From a device to its port's ACTIVE, from a rule to the kernel, from a subnet to DHCP, an agent's start on a host with many devices, and
 * memory, with the targets; as root, after scripts/build.sh:
 * node --conditions=neutrino-source tests/bench/data-path.ts [--only embedded|programs]
 */
const installations = { programs, embedded };
const { values } = parseArgs({ options: { only: { type: 'string' } } });
for (const [name, open] of Object.entries(installations)) {
  if (values.only !== undefined && values.only !== name) continue;
  await using service = await open();
  report(`The data path, ${service.name}`, await measureDataPath(service));
}
