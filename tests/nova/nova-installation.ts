import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LabHost } from '../support/hosts/lab-host.ts';
import { startService, type HostService } from '../support/hosts/host-service.ts';
import type { HostProgram } from '../support/hosts/host-program.ts';
import { EXAMPLE } from '../support/hosts/neutron-programs.ts';
import type { TwoHostsLab } from '../support/hosts/two-hosts-lab.ts';
import { enterService, makeUser } from '../support/keystone-entries.ts';
import { prepareDatabases, queryDatabase } from './nova-databases.ts';
import { glanceConf, LIBVIRT_FILES, novaConf, placementConf, type VirtDriver } from './nova-files.ts';
import { virtualKinds } from './virtual-kinds.ts';

/** The ports of what runs on the controller. */
export const PORTS = { compute: 8774, metadata: 8775, placement: 8778, image: 9292 } as const;

export interface NovaInstallation {
  /** nova-compute, on the compute host. */
  readonly compute: HostProgram;
  /** nova-api's log: what the network service told it is in there. */
  readonly api: HostProgram;
}

interface NovaOptions {
  /** The folder of Debian's packages. */
  readonly packages: string;
  readonly driver: VirtDriver;
  readonly tell: (text: string) => void;
}

/** Adds Nova to the two hosts: its API with Placement and Glance on the controller, nova-compute with libvirt on the compute host. */
export async function installNova(lab: TwoHostsLab, { packages, driver, tell }: NovaOptions): Promise<NovaInstallation> {
  const { controller } = lab;
  const [computeHost] = lab.computes as [LabHost];
  await Promise.all([controller, computeHost].map((host) => layPackages(host, packages)));
  configure(lab, driver);
  // What stands in for it where there is no Nova has its port.
  await lab.services.metadata.stop();
  tell('databases of Nova, Placement and Glance are made, and their entries in Keystone');
  await Promise.all([enterInKeystone(lab), prepareDatabases(controller, packages)]);
  tell('Placement, Glance and Nova start');
  const nova = (name: string, host = controller): Promise<HostProgram> => host.start(name, [`/usr/bin/${name}`, '--config-file', '/etc/nova/nova.conf']);
  const [, , api] = await Promise.all([
    startService(controller, 'placement-api', ['/usr/bin/placement-api', '--host', controller.address, '--port', `${PORTS.placement}`], { env: { OS_PLACEMENT_CONFIG_DIR: '/etc/placement' }, ports: [PORTS.placement] }),
    startService(controller, 'glance-api', ['/usr/bin/glance-api', '--config-file', '/etc/glance/glance-api.conf'], { ports: [PORTS.image] }),
    startService(controller, 'nova-api', ['/usr/bin/nova-api', '--config-file', '/etc/nova/nova.conf'], { ports: [PORTS.compute, PORTS.metadata] }),
    nova('nova-conductor'),
    nova('nova-scheduler'),
    virtualKinds[driver].isReal ? startLibvirt(computeHost) : undefined,
  ]);
  const compute = await nova('nova-compute', computeHost);
  tell('nova-compute registers');
  await untilMapped(controller, compute);
  return { compute, api: api.program };
}

/** Their files come to lie over the host's own /usr; what they have in /etc is added. */
async function layPackages(host: LabHost, packages: string): Promise<void> {
  await host.run(['mount', '-t', 'overlay', '-o', `lowerdir=${join(packages, 'usr')}:/usr`, 'overlay', '/usr']);
  await host.run(['cp', '-a', `${join(packages, 'etc')}/.`, '/etc/']);
  await host.run(['mkdir', '-p', '/var/lib/nova/instances', '/var/lib/nova/tmp', '/var/lib/glance/images', '/var/lib/glance/staging', '/var/lib/glance/tasks', '/var/lib/libvirt', '/var/log/libvirt/qemu']);
}

function configure({ controller, computes }: TwoHostsLab, driver: VirtDriver): void {
  controller.write('/etc/placement/placement.conf', placementConf(controller.address));
  controller.write('/etc/glance/glance-api.conf', glanceConf(controller.address));
  for (const host of [controller, ...computes]) {
    const example = readFileSync(join(EXAMPLE, host === controller ? 'controller' : 'compute', 'nova.conf'), 'utf8');
    host.write('/etc/nova/nova.conf', novaConf({ controller: controller.address, address: host.address, example, driver }));
    for (const [file, text] of Object.entries(LIBVIRT_FILES)) host.write(file, text);
  }
}

async function enterInKeystone({ controller, services: { keystone } }: TwoHostsLab): Promise<void> {
  for (const user of ['placement', 'glance']) await makeUser(keystone.admin, { user, password: user, project: 'service', roles: ['admin'] });
  const at = (port: number, path = ''): string => `http://${controller.address}:${port}${path}`;
  await enterService(keystone.admin, { type: 'compute', name: 'nova', url: at(PORTS.compute, '/v2.1') });
  await enterService(keystone.admin, { type: 'placement', name: 'placement', url: at(PORTS.placement) });
  await enterService(keystone.admin, { type: 'image', name: 'glance', url: at(PORTS.image) });
}

async function startLibvirt(host: LabHost): Promise<HostService> {
  await host.run(['sh', '-c', 'getent passwd libvirt-qemu >/dev/null || { groupadd -r libvirt-qemu; useradd -r -g libvirt-qemu -d /var/lib/libvirt -s /usr/sbin/nologin libvirt-qemu; }']);
  const service = await startService(host, 'libvirtd', ['/usr/sbin/libvirtd', '-f', '/etc/libvirt/libvirtd.conf'], { ports: [] });
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(100)) {
    if ((await host.run(['virsh', '-c', 'qemu:///system', 'version'], { accept: [1] })).stdout.includes('QEMU')) return service;
  }
  throw new Error(`libvirtd does not answer:\n${service.program.output().slice(-3000)}`);
}

/** The scheduler may use a compute host once it has mapped it to its cell. */
async function untilMapped(controller: LabHost, compute: HostProgram): Promise<void> {
  for (const deadline = Date.now() + 240_000; Date.now() < deadline && compute.isRunning(); await sleep(500)) {
    if ((await queryDatabase(controller, 'select host from nova_api.host_mappings')).includes('linux-node2')) return;
  }
  throw new Error('nova-compute did not register');
}
