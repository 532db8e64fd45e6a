import { join } from 'node:path';
import { command, type Capability } from '../capabilities.ts';
import { realKeystone } from '../keystone.ts';
import { realMariadb } from '../mariadb.ts';
import { realRabbit } from '../rabbitmq.ts';
import { startService, type HostService } from './host-service.ts';
import { startKeystoneService, type KeystoneService } from './keystone-service.ts';
import type { LabHost } from './lab-host.ts';
import { startMariadbService } from './mariadb-service.ts';
import { startRabbitmqService, type RabbitmqService } from './rabbitmq-service.ts';
import type { Relay } from './relay.ts';

/** What an installation has beside OpenStack Networking, from Debian's packages. */
export const controllerServicesHere: readonly Capability[] = [realMariadb, realRabbit, realKeystone, command('uwsgi'), command('memcached')];

export interface ControllerServices {
  readonly mariadb: HostService;
  readonly rabbitmq: RabbitmqService;
  readonly memcached: HostService;
  readonly keystone: KeystoneService;
  /** Nova's metadata service, which knows the instances whose records are in INSTANCES on this host. */
  readonly metadata: HostService;
}

/** As a host sees it. */
export const INSTANCES = '/var/lib/nova/instances';

/**
 * Starts them all at once, with the accounts of the installation guides: database neutron/neutron, broker openstack/openstack,
 * Keystone's users neutron/neutron and nova/nova in project service, metadata's secret neutron. Takes some 8 s.
 */
export async function startControllerServices(host: LabHost, relay: Relay): Promise<ControllerServices> {
  const metadata = [process.execPath, '--conditions=neutrino-source', join(import.meta.dirname, 'nova-metadata-process.ts'), host.address, INSTANCES, 'neutron'];
  const [rabbitmq, keystone, mariadb, memcached, novaMetadata] = await Promise.all([
    startRabbitmqService(host, 'openstack', 'openstack'),
    startKeystoneService(host, relay),
    startMariadbService(host, ['neutron']),
    startService(host, 'memcached', ['memcached', '-u', 'memcache', '-l', host.address, '-m', '64'], { ports: [11_211] }),
    startService(host, 'nova-metadata', metadata, { ports: [8775] }),
  ]);
  return { rabbitmq, keystone, mariadb, memcached, metadata: novaMetadata };
}
