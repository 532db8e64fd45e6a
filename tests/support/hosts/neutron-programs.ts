import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { command, type Capability } from '../capabilities.ts';
import type { HostProgram } from './host-program.ts';
import type { LabHost } from './lab-host.ts';

/** This project's program from its source, the same as `make build` made it and bin/ starts it, or the Python one of Debian's package of the same name. */
export type Make = 'ours' | 'built' | 'debian';

/** Where each program's files are, and which it is started with. */
const PROGRAMS = {
  'neutron-server': { module: '@neutrino/server/cmd/neutron-server', files: ['neutron.conf', 'plugins/ml2/ml2_conf.ini'] },
  'neutron-linuxbridge-agent': { module: '@neutrino/agent/cmd/neutron-linuxbridge-agent', files: ['neutron.conf', 'plugins/ml2/linuxbridge_agent.ini'] },
  'neutron-dhcp-agent': { module: '@neutrino/agent/cmd/neutron-dhcp-agent', files: ['neutron.conf', 'dhcp_agent.ini'] },
  'neutron-l3-agent': { module: '@neutrino/agent/cmd/neutron-l3-agent', files: ['neutron.conf', 'l3_agent.ini'] },
  'neutron-metadata-agent': { module: '@neutrino/agent/cmd/neutron-metadata-agent', files: ['neutron.conf', 'metadata_agent.ini'] },
  'neutron-db-manage': { module: '@neutrino/server/cmd/neutron-db-manage', files: ['neutron.conf', 'plugins/ml2/ml2_conf.ini'] },
} as const;

export type NeutronProgram = keyof typeof PROGRAMS;

/** Those of Debian's packages of Neutron. @public */
export const debianNeutron: readonly Capability[] = Object.keys(PROGRAMS).map(command);

/** The example installation that the project has: `controller` and `compute`. */
export const EXAMPLE = join(import.meta.dirname, '../../../etc/examples/two-hosts');

/** What Debian's Zed needs beyond the files of the example: leave to use the Linux bridge at all, and its way to root. */
const DEBIAN = `[experimental]
linuxbridge = true
[agent]
root_helper = sudo neutron-rootwrap /etc/neutron/rootwrap.conf
root_helper_daemon = sudo neutron-rootwrap-daemon /etc/neutron/rootwrap.conf
`;

/** Of Debian's /etc/neutron. */
const DEBIAN_FILES = ['rootwrap.conf', 'rootwrap.d', 'api-paste.ini'];

/** Puts the files of the example, unchanged, where the guides put them, in place of what /etc/neutron had. `change` makes others of them. */
export async function installFiles(host: LabHost, role: 'controller' | 'compute', change: (file: string, text: string) => string = (_, text) => text): Promise<void> {
  await host.run(['rm', '-rf', '/etc/neutron', '/var/lib/neutron']);
  await host.run(['mkdir', '-p', '/etc/neutron/plugins/ml2', '/var/lib/neutron/tmp', '/var/log/neutron']);
  for (const file of readdirSync(join(EXAMPLE, role)).filter((name) => name !== 'nova.conf')) {
    const folder = file === 'ml2_conf.ini' || file === 'linuxbridge_agent.ini' ? '/etc/neutron/plugins/ml2' : '/etc/neutron';
    host.write(`${folder}/${file}`, change(file, readFileSync(join(EXAMPLE, role, file), 'utf8')));
  }
  if (role === 'controller') await host.run(['ln', '-s', '/etc/neutron/plugins/ml2/ml2_conf.ini', '/etc/neutron/plugin.ini']);
  for (const name of DEBIAN_FILES) if (existsSync(`/etc/neutron/${name}`)) cpSync(`/etc/neutron/${name}`, host.path(`/etc/neutron/${name}`), { recursive: true });
  host.write('/etc/neutron/debian.conf', DEBIAN);
}

const startOf: Readonly<Record<Make, (program: string, module: string) => readonly string[]>> = {
  ours: (_program, module) => [process.execPath, '--conditions=neutrino-source', fileURLToPath(import.meta.resolve(module))],
  built: (program) => [join(import.meta.dirname, '../../../bin', program)],
  debian: (program) => [`/usr/bin/${program}`],
};

/** How it is started on a host with the files of the example, as a unit of systemd does. */
export function commandOf(program: NeutronProgram, make: Make): readonly string[] {
  const { module, files } = PROGRAMS[program];
  const configuration = [...files, ...(make === 'debian' ? ['debian.conf'] : [])].flatMap((file) => ['--config-file', `/etc/neutron/${file}`]);
  return [...startOf[make](program, module), ...configuration];
}

/** Starts it there; what it logs is in its `output()`. Further arguments come behind the files. */
export async function startNeutron(host: LabHost, program: NeutronProgram, make: Make = 'ours', args: readonly string[] = []): Promise<HostProgram> {
  return await host.start(program, [...commandOf(program, make), ...args]);
}

/** `neutron-db-manage … upgrade head`, to its end. */
export async function upgradeDatabase(host: LabHost, make: Make = 'ours'): Promise<void> {
  const program = await startNeutron(host, 'neutron-db-manage', make, ['upgrade', make === 'debian' ? 'heads' : 'head']);
  const status = await program.ended();
  if (status !== 0) throw new Error(`neutron-db-manage ended with ${status}:\n${program.output().slice(-4000)}`);
}
