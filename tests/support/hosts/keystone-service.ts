import type { LabHost } from './lab-host.ts';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { enterNetworkService, makeUser } from '../keystone-entries.ts';
import { adminOf, keystoneConfiguration, REGION, type KeystoneAdmin } from '../keystone.ts';
import { startService, type HostService } from './host-service.ts';
import { prepareDirectory } from './prepared-directory.ts';
import type { Relay } from './relay.ts';

// Another Python earlier in PATH must not take Debian's over.
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', PYTHONWARNINGS: 'ignore' };
const DIRECTORY = '/var/lib/keystone';
const CONFIG = '/etc/keystone/keystone.conf';
export const ADMIN_PASSWORD = 'admin';

/** Users, each with its name as its password. */
const USERS = [
  { user: 'neutron', project: 'service', roles: ['admin'] },
  { user: 'nova', project: 'service', roles: ['admin'] },
  { user: 'demo', project: 'demo', roles: ['member'] },
] as const;

export interface KeystoneService extends HostService {
  readonly admin: KeystoneAdmin;
}

/**
 * As Debian's package has it served, on the port of today and on the one that the admin API had until the Queens release. One thread: of
 * several connections to SQLite, one that has read before another wrote cannot write any more.
 */
const UWSGI = `[uwsgi]
plugins = python3
http-socket = 0.0.0.0:5000
http-socket = 0.0.0.0:35357
wsgi-file = /usr/bin/keystone-wsgi-public
pyargv = --config-file ${CONFIG}
master = true
lazy-apps = true
enable-threads = true
processes = 1
threads = 1
buffer-size = 65535
die-on-term = true
no-orphans = true
thunder-lock = true
disable-logging = true
rem-header = Content-Length
add-header = Connection: close
`;

/** Keystone on a host, with the users and the catalogue of the installation guides; the network service is on that host too. */
export async function startKeystoneService(host: LabHost, relay: Relay): Promise<KeystoneService> {
  const url = `http://${host.address}`;
  host.write(CONFIG, keystoneConfiguration(DIRECTORY));
  host.write('/etc/keystone/uwsgi.ini', UWSGI);
  const admin = adminOf(`http://127.0.0.1:${await relay.to(host.address, 5000)}/v3`, ADMIN_PASSWORD);
  const manage = (...args: readonly string[]): Promise<unknown> => host.run(['/usr/bin/keystone-manage', '--config-file', CONFIG, ...args], { env: ENVIRONMENT, timeoutMs: 120_000 });
  const start = (): Promise<HostService> => startService(host, 'keystone', ['/usr/bin/uwsgi', '--ini', '/etc/keystone/uwsgi.ini'], { env: { ...ENVIRONMENT, OS_KEYSTONE_CONFIG_DIR: '/etc/keystone' }, ports: [5000, 35357] });
  await prepareDirectory(host, {
    directory: DIRECTORY,
    program: '/usr/bin/keystone-wsgi-public',
    ingredients: [readFileSync(import.meta.filename, 'utf8'), url],
    make: async () => {
      for (const repository of ['fernet-keys', 'credential-keys']) {
        for (const key of ['0', '1']) host.write(`${DIRECTORY}/${repository}/${key}`, randomBytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_'));
      }
      await manage('db_sync');
      const urls = ['admin', 'internal', 'public'].flatMap((kind) => [`--bootstrap-${kind}-url`, `${url}:5000/v3`]);
      await manage('bootstrap', '--bootstrap-password', ADMIN_PASSWORD, '--bootstrap-region-id', REGION, ...urls);
      // Keystone leaves reading transactions open; without a write-ahead log they would keep its next write out.
      // On the host itself: SQLite opens what the links of a path lead to, and to this process a host's root is a link to its own.
      await host.run(['/usr/bin/python3', '-c', 'import sqlite3, sys; assert sqlite3.connect(sys.argv[1]).execute("pragma journal_mode = wal").fetchone() == ("wal",)', `${DIRECTORY}/keystone.sqlite`]);
      const service = await start();
      for (const wanted of USERS) await makeUser(admin, { ...wanted, password: wanted.user });
      await enterNetworkService(admin, `${url}:9696`);
      await service.stop();
    },
  });
  const service = await start();
  return {
    get program() {
      return service.program;
    },
    start: service.start,
    kill: service.kill,
    stop: service.stop,
    unaskedEnd: service.unaskedEnd,
    admin,
  };
}
