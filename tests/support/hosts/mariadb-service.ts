import type { LabHost } from './lab-host.ts';
import { startService, type HostService } from './host-service.ts';
import { prepareDirectory } from './prepared-directory.ts';

const DATA = '/var/lib/mysql';

/** Nothing that only a crash of the machine could show: its disk is memory. */
const SETTINGS = [
  '--innodb-buffer-pool-size=64M', '--innodb-log-file-size=32M', '--innodb-flush-log-at-trx-commit=2', '--innodb-doublewrite=0', '--skip-log-bin', '--performance-schema=0', '--skip-name-resolve',
  '--max-connections=600',
];

/** MariaDB on a host, with databases that belong to users of the same name and password, as the installation guides make them. */
export async function startMariadbService(host: LabHost, databases: readonly string[]): Promise<HostService> {
  await prepareDirectory(host, {
    directory: DATA,
    program: '/usr/sbin/mariadbd',
    make: async () => {
      await host.run(['chown', 'mysql:mysql', DATA]);
      await host.run(['mariadb-install-db', '--no-defaults', '--user=mysql', `--datadir=${DATA}`, '--innodb-log-file-size=32M', '--auth-root-authentication-method=normal', '--skip-test-db'], { timeoutMs: 120_000 });
    },
  });
  const statements = databases.map((name) => `create database if not exists ${name} character set utf8mb3;\ngrant all on ${name}.* to '${name}'@'%' identified by '${name}';\n`);
  host.write('/etc/mysql/grants.sql', statements.join(''));
  await host.run(['mkdir', '-p', '/run/mysqld']);
  await host.run(['chown', 'mysql:mysql', '/run/mysqld']);
  const argv = ['mariadbd', '--no-defaults', '--user=mysql', `--datadir=${DATA}`, '--socket=/run/mysqld/mysqld.sock', '--pid-file=/run/mysqld/mysqld.pid', '--bind-address=*', '--init-file=/etc/mysql/grants.sql', ...SETTINGS];
  return await startService(host, 'mariadb', argv, { ports: [3306] });
}
