import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabHost } from '../support/hosts/lab-host.ts';
import { databaseUrl, SERVICES } from './nova-files.ts';

const CACHE = join(import.meta.dirname, '../../.cache/lab');
const CLIENT = ['--no-defaults', '-uroot', '--socket=/run/mysqld/mysqld.sock'] as const;
const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', PYTHONWARNINGS: 'ignore' };

/** Makes the databases with their tables and Nova's one cell, or fills them with what was once made: making them takes a minute. */
export async function prepareDatabases(controller: LabHost, packages: string): Promise<void> {
  const made = join(CACHE, `nova-${createHash('sha256').update([packages, readFileSync(import.meta.filename, 'utf8')].join()).digest('hex').slice(0, 12)}.sql`);
  const databases = Object.entries(SERVICES).flatMap(([user, names]) => names.map((name) => ({ user, name })));
  const grants = databases.map(({ user, name }) => `create database if not exists ${name} character set utf8mb3; grant all on ${name}.* to '${user}'@'%' identified by '${user}';`);
  await queryDatabase(controller, grants.join('\n'));
  if (existsSync(made)) {
    await queryDatabase(controller, readFileSync(made, 'utf8'));
    return;
  }
  await makeTables(controller);
  const { stdout: dump } = await controller.run(['mariadb-dump', ...CLIENT, '--databases', ...databases.map(({ name }) => name)], { timeoutMs: 120_000 });
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(`${made}.${process.pid}`, dump);
  renameSync(`${made}.${process.pid}`, made);
}

/** Runs statements; gives what they printed. */
export async function queryDatabase(controller: LabHost, statements: string): Promise<string> {
  return (await controller.run(['mariadb', ...CLIENT], { input: statements, timeoutMs: 120_000 })).stdout;
}

async function makeTables(controller: LabHost): Promise<void> {
  const files = { 'nova-manage': 'nova/nova.conf', 'placement-manage': 'placement/placement.conf', 'glance-manage': 'glance/glance-api.conf' };
  const manage = (program: keyof typeof files, ...args: readonly string[]): Promise<unknown> =>
    controller.run([`/usr/bin/${program}`, '--config-file', `/etc/${files[program]}`, ...args], { env: ENVIRONMENT, timeoutMs: 600_000 });
  const nova = async (): Promise<void> => {
    await manage('nova-manage', 'api_db', 'sync');
    await manage('nova-manage', 'cell_v2', 'map_cell0', '--database_connection', databaseUrl(controller.address, 'nova_cell0', 'nova'));
    await manage('nova-manage', 'cell_v2', 'create_cell', '--name', 'cell1');
    await manage('nova-manage', 'db', 'sync');
  };
  const others = async (): Promise<void> => {
    await manage('placement-manage', 'db', 'sync');
    await manage('glance-manage', 'db_sync');
  };
  await Promise.all([nova(), others()]);
}
