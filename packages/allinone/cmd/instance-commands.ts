import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSession, RequestFailed, type Session } from '@neutrino/client/session';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import type { Command } from 'commander';
import { CLOUD, readCloud } from '../cloud-files.ts';
import { machineHost, type Host } from '../host/host.ts';
import { findPrivateHost } from '../host/private-host.ts';
import { isAlive, readIdentity } from '../host/process-identity.ts';
import { commandInside, isRunning } from '../instances/instance-namespace.ts';
import { findInstance, instanceDirectory, listInstances, readLease } from '../instances/instance-record.ts';
import { createInstance, deleteInstance, waitForLease } from '../instances/instance-service.ts';
import { isRunning as isServiceRunning, readService } from '../running-service.ts';
import type { StateDirectory } from '../state-directory.ts';

const LEASE_TIMEOUT_MS = 30_000;

/** `neutrino instance create|list|exec|console-log|delete`. */
export function addInstanceCommands(command: Command, state: () => StateDirectory): void {
  command
    .command('create <name>')
    .description('boot an instance on a network (a port is made for it) or on a port')
    .option('--network <network>', 'name or id')
    .option('--port <port>', 'name or id of a port that exists')
    .option('--security-group <group>', 'name or id, for the port that is made (repeatable)', (value, all: string[]) => [...all, value], [])
    .option('--fixed-ip <address>', 'for the port that is made')
    .option('--cloud <cloud>', `whose instance it is: a cloud of the state directory's clouds.yaml`, CLOUD)
    .action(async (name: string, options: CreateOptions) => create(state(), name, options));
  command.command('list').description('every instance, its address and its network').action(async () => list(state()));
  command
    .command('exec <instance> <command...>')
    .description('run a command inside an instance, e.g. exec NAME -- ping 10.0.0.5')
    .passThroughOptions()
    .action(async (name: string, argv: string[]) => {
      const here = state();
      process.exitCode = await runInside(commandInside(hostOf(here), findInstance(here, name), argv[0] === '--' ? argv.slice(1) : argv));
    });
  command.command('console-log <instance>').description('what the instance said since it booted').action((name: string) => {
    const here = state();
    process.stdout.write(readFileSync(join(instanceDirectory(here, findInstance(here, name).id), 'console.log')));
  });
  command.command('delete <instance...>').description('end instances, and delete the ports made for them').action(async (names: string[]) => {
    const here = state();
    assertRunning(here);
    const admin = await openSession(readCloud(here, CLOUD));
    for (const name of names) await deleteInstance({ state: here, host: hostOf(here), admin }, findInstance(here, name));
  });
}

interface CreateOptions {
  readonly network?: string;
  readonly port?: string;
  readonly securityGroup: readonly string[];
  readonly fixedIp?: string;
  readonly cloud: string;
}

async function create(state: StateDirectory, name: string, options: CreateOptions): Promise<void> {
  if ((options.network === undefined) === (options.port === undefined)) throw new Error('give either --network or --port');
  if (options.port !== undefined && (options.fixedIp !== undefined || options.securityGroup.length > 0)) {
    throw new Error('--fixed-ip and --security-group are for a port that is made; this one exists');
  }
  assertRunning(state);
  const user = await openSession(readCloud(state, options.cloud));
  const admin = await openSession(readCloud(state, CLOUD));
  const environment = { state, host: hostOf(state), hostName: readService(state)?.hostName ?? '', user, admin };
  const plug =
    options.port !== undefined
      ? { portId: await idOf(user, 'ports', options.port) }
      : {
          networkId: await idOf(user, 'networks', options.network ?? ''),
          portAttributes: await portAttributes(user, options),
        };
  const record = await createInstance(environment, name, plug);
  process.stdout.write(`${record.id}  ${name}  port ${record.portId} ACTIVE\n`);
  if (!(await hasAddress(admin, record.portId))) {
    process.stdout.write('no address: its port has none, because the network has no subnet\n');
    return;
  }
  try {
    const lease = await waitForLease(state, record, LEASE_TIMEOUT_MS);
    process.stdout.write(`address ${lease.address}/${lease.mask} by DHCP from ${lease.server}\n`);
  } catch {
    process.stdout.write('no DHCP lease yet (a network without a DHCP subnet gives none)\n');
  }
}

async function hasAddress(session: Session, portId: string): Promise<boolean> {
  const { port } = await session.request('GET', `/v2.0/ports/${portId}?fields=fixed_ips`);
  return isJsonObject(port) && Array.isArray(port['fixed_ips']) && port['fixed_ips'].length > 0;
}

function assertRunning(state: StateDirectory): void {
  if (!isServiceRunning(state)) throw new Error(`no service is running on ${state.path}: start it first (neutrino up)`);
}

async function portAttributes(user: Session, options: CreateOptions): Promise<JsonObject> {
  const groups = await Promise.all(options.securityGroup.map((group) => idOf(user, 'security-groups', group)));
  return {
    ...(groups.length === 0 ? {} : { security_groups: groups }),
    ...(options.fixedIp === undefined ? {} : { fixed_ips: [{ ip_address: options.fixedIp }] }),
  };
}

/** The id of the one object of that name or id. */
async function idOf(session: Session, path: string, nameOrId: string): Promise<string> {
  const collection = path.replaceAll('-', '_');
  for (const key of ['id', 'name']) {
    const answer = await session.request('GET', `/v2.0/${path}?fields=id&${key}=${encodeURIComponent(nameOrId)}`);
    const found = Array.isArray(answer[collection]) ? answer[collection].filter(isJsonObject) : [];
    if (found.length > 1) throw new Error(`${found.length} ${path} are called "${nameOrId}": name one by its id`);
    if (found[0] !== undefined) return String(found[0]['id']);
  }
  throw new Error(`there is no "${nameOrId}" among the ${path}`);
}

async function list(state: StateDirectory): Promise<void> {
  const host = hostOf(state);
  const records = listInstances(state);
  const networks = await networkNames(state, records.map(({ networkId }) => networkId));
  const rows = await Promise.all(
    records.map(async (record) => [
      record.id,
      record.name,
      (await isRunning(host, record)) ? 'ACTIVE' : 'SHUTOFF',
      readLease(state, record.id)?.address ?? '-',
      networks.get(record.networkId) ?? record.networkId,
    ]),
  );
  const table = [['ID', 'Name', 'Status', 'Address', 'Network'], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  for (const row of table) process.stdout.write(`${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()}\n`);
}

/** Network → its name, where it has one. None without the service, which alone knows them: instances are there all the same. */
async function networkNames(state: StateDirectory, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0 || !isServiceRunning(state)) return new Map();
  const wanted = [...new Set(ids)].map((id) => `&id=${encodeURIComponent(id)}`).join('');
  try {
    const admin = await openSession(readCloud(state, CLOUD));
    const { networks } = await admin.request('GET', `/v2.0/networks?fields=id&fields=name${wanted}`);
    const named = Array.isArray(networks) ? networks.filter(isJsonObject).map(({ id, name }) => [String(id), String(name)] as const) : [];
    return new Map(named.filter(([, name]) => name !== ''));
  } catch (error) {
    if (error instanceof RequestFailed) return new Map();
    throw error;
  }
}

function hostOf(state: StateDirectory): Host {
  const service = readService(state);
  if (service?.hostNetwork === true) return machineHost;
  const host = findPrivateHost(state);
  if (host === undefined && service !== undefined && isAlive(service) && readIdentity(state.holder) !== undefined) {
    throw new Error(`the private host of ${state.path} has been ended from outside: stop the service and start it again (neutrino up): it gets a new one, with the same instances`);
  }
  if (host === undefined) throw new Error(`no host is running for ${state.path}: start the service as root first (neutrino up)`);
  return host;
}

function runInside(argv: readonly string[]): Promise<number> {
  const [program, ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program as string, args, { stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
