import { existsSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { fillNeutron } from './api/fill-neutron.ts';
import { measureLimits, type Limits } from './api/limits.ts';
import type { Result, Target } from './api/measure.ts';
import { portPhases } from './api/port-phases.ts';
import { residentMemories } from './api/process-usage.ts';
import { comparison, type Measured } from './api/report-comparison.ts';
import { scalePhases } from './api/scale.ts';
import { startNetworkServer, type Make } from './api/servers.ts';
import { SERVICE_PASSWORD, startServices } from './api/surroundings.ts';

/**
 * The API server under load, beside Debian's neutron-server where that is installed: the same files, Keystone, RabbitMQ and
 * database server, one after the other. `make bench`; BENCH_ARGS="--short" for a quick look. Run scripts/build.sh first:
 * what is measured is bin/neutron-server.
 */
const { values: options } = parseArgs({
  options: {
    /** The longest that most phases last. */
    seconds: { type: 'string', default: '10' },
    ports: { type: 'string', default: '10000' },
    workers: { type: 'string', default: '2' },
    database: { type: 'string', default: 'mariadb' },
    /** Phases, by a regular expression. */
    only: { type: 'string', default: '.' },
    /** 3 seconds a phase, no scale part. */
    short: { type: 'boolean', default: false },
    /** Without Keystone, RabbitMQ and memcached. */
    noauth: { type: 'boolean', default: false },
    /** Without the real Neutron. */
    alone: { type: 'boolean', default: false },
    /** Without the part with 100,000 ports. */
    'no-scale': { type: 'boolean', default: false },
  },
});
const seconds = options.short ? 3 : Number(options.seconds);
const ports = Number(options.ports);
const database = options.database === 'sqlite' ? 'sqlite' : 'mariadb';
const makes: readonly Make[] = !options.alone && database === 'mariadb' && existsSync('/usr/bin/neutron-server') ? ['ours', 'neutron'] : ['ours'];

await using services = await startServices({ database, auth: !options.noauth });
// Servers that run as users of their own would stay behind.
const end = async (): Promise<void> => {
  await services[Symbol.asyncDispose]();
  process.kill(process.pid, 'SIGKILL');
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end());
const measured: Measured[] = [];
for (const make of makes) measured.push(await measureServer(make));
comparison(`${database}, ${options.workers} workers, ${cpus().length} × ${cpus()[0]?.model ?? ''}, load ${(loadavg()[0] ?? 0).toFixed(1)}`, measured);

async function measureServer(make: Make): Promise<Measured> {
  const { mariadb, keystone, transportUrl, memcachedPort } = services;
  using directory = temporaryDirectory();
  const name = `bench_${make}`;
  await mariadb?.create(name);
  const connection = mariadb?.url(name) ?? `sqlite:///${join(directory.path, 'neutron.sqlite')}`;
  const surroundings = { directory, keystone, servicePassword: SERVICE_PASSWORD, connection, transportUrl, memcachedPort, workers: Number(options.workers) };
  const program = await startNetworkServer(make, surroundings);
  const results: Result[] = [];
  const starts: number[] = [];
  for (let count = 0; count < 2; count += 1) {
    await using trial = await program.start();
    starts.push(trial.startMs);
  }
  await using server = await program.start();
  const headers: Record<string, string> = keystone === undefined ? { 'X-Project-Id': 'bench' } : { 'X-Auth-Token': await keystone.token() };
  const target: Target = { url: server.url, headers, pid: server.pid, ...(mariadb !== undefined && { databasePid: mariadb.pid }) };
  const onResult = (result: Result): void => {
    results.push(result);
    const { phase, itemsPerSecond, p50, p99, serverCpu, databaseCpu, others, failures } = result;
    const figures = [`${itemsPerSecond.toFixed(1)}/s`, `p50 ${p50.toFixed(2)}`, `p99 ${p99.toFixed(2)} ms`, `processor ${serverCpu.toFixed(3)} + ${databaseCpu.toFixed(3)} ms`, `others ${others.toFixed(2)}`];
    process.stderr.write(`  ${make.padEnd(8)} ${phase.padEnd(52)} ${figures.join('  ')}${failures > 0 ? `  ${failures} failed` : ''}\n`);
  };
  const only = new RegExp(options.only);
  const fill = make === 'neutron' && mariadb !== undefined
    ? { fill: (network: string, subnet: string, template: string, count: number) => fillNeutron(mariadb, name, { network, subnet, template, count }) }
    : {};
  await portPhases(target, { seconds, ports, only, onResult, ...fill });
  const memory = Math.max(...residentMemories(server.pid));
  let limits: Limits | undefined;
  if (make === 'ours' && only.test('limits')) limits = await measureLimits(target, connection);
  if (make === 'ours' && !options.short && !options['no-scale'] && only.test('scale')) {
    await scalePhases(target, { seconds, onResult, sizes: [{ networks: 10, ports: 1000 }, { networks: 1000, ports: 100_000 }] });
  }
  return { make, starts, memory, results, ...(limits !== undefined && { limits }) };
}
