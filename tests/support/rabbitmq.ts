import { run } from '@neutrino/agent/privileged/run';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Capability } from './capabilities.ts';
import { command } from './capabilities.ts';
import { freePort } from './free-port.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { watchEnd, type WatchedEnd } from './unasked-end.ts';

const PROGRAM = '/usr/lib/rabbitmq/bin/rabbitmq-server';

/** Debian's `rabbitmq-server` package. */
export const realRabbit: Capability = command('rabbitmq-server');

export interface RabbitOptions {
  /** Speak TLS, with a certificate of its own for the name localhost; one that is out of date. */
  readonly tls?: boolean | 'expired';
  /** The broker whose cluster it joins, which must be running. */
  readonly cluster?: Rabbit;
  /** Lines of rabbitmq.conf. */
  readonly settings?: readonly string[];
  /** What stands before a program's name so that it runs on another host. */
  readonly enter?: readonly string[];
}

export interface Rabbit extends AsyncDisposable {
  readonly port: number;
  /** `rabbit://guest:guest@127.0.0.1:PORT/` */
  readonly url: string;
  /** The certificate that its clients may trust, with `tls`. */
  readonly caFile: string;
  /** A certificate of that authority which a client may show, and its key. */
  readonly client: { readonly certFile: string; readonly keyFile: string };
  /** How others find it, and what proves that they may. */
  readonly node: { readonly name: string; readonly epmdPort: number; readonly cookie: string };
  /** Makes a virtual host, with queues and exchanges of its own; gives its URL. */
  virtualHost(name: string): Promise<string>;
  /** `rabbitmqctl`; gives what it printed. */
  control(...args: readonly string[]): Promise<string>;
  /** kill -9. */
  kill(): Promise<void>;
  /** Stops it in its tracks: connections stand, and nothing answers. */
  pause(): void;
  resume(): void;
  /** Starts it again, on the same port, with what was durable. */
  start(): Promise<void>;
}

/**
 * Starts a real RabbitMQ on a free port of 127.0.0.1 (and ::1), a node of its own that knows of no other. Takes some 6 s: share one within a
 * file. Needs `requires(realRabbit)`.
 */
export async function startRabbit({ tls = false, settings = [], enter = [], cluster }: RabbitOptions = {}): Promise<Rabbit> {
  const directory = temporaryDirectory();
  const [port, distributionPort, epmdPort] = [await freePort(), await freePort(), cluster?.node.epmdPort ?? (await freePort())];
  const node = { name: `neutrino-test-${port}@localhost`, epmdPort, cookie: cluster?.node.cookie ?? randomUUID() };
  const file = (name: string): string => join(directory.path, name);
  for (const name of ['mnesia', 'log', 'home']) mkdirSync(file(name));
  writeFileSync(file('home/.erlang.cookie'), node.cookie, { mode: 0o400 });
  if (tls !== false) await makeCertificate(directory.path, tls === 'expired' ? 0 : 2);
  const listeners = [`127.0.0.1:${port}`, `::1:${port}`].map((address, index) => `listeners.${tls === false ? 'tcp' : 'ssl'}.${index + 1} = ${address}`);
  const tlsLines = tls === false ? [] : ['listeners.tcp = none', `ssl_options.cacertfile = ${file('ca.pem')}`, `ssl_options.certfile = ${file('cert.pem')}`, `ssl_options.keyfile = ${file('key.pem')}`];
  const clusterLines = cluster === undefined ? [] : ['cluster_formation.peer_discovery_backend = classic_config', ...[cluster.node.name, node.name].map((name, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${name}`)];
  writeFileSync(file('rabbitmq.conf'), [...listeners, ...tlsLines, ...clusterLines, 'log.console = true', 'log.console.level = warning', 'log.file = false', ...settings, ''].join('\n'));
  writeFileSync(file('enabled_plugins'), '[].');
  const env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    LANG: 'C.UTF-8',
    HOME: file('home'),
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: node.name,
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_CONFIG_FILE: file('rabbitmq.conf'),
    RABBITMQ_MNESIA_BASE: file('mnesia'),
    RABBITMQ_LOG_BASE: file('log'),
    RABBITMQ_PID_FILE: file('pid'),
    RABBITMQ_ENABLED_PLUGINS_FILE: file('enabled_plugins'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1} +S 2:2',
    // Makes the script become the broker rather than wait for it, so that its process is the one to kill.
    detached: 'yes',
  };
  const output = file('output');
  const on = (...argv: [string, ...string[]]): [string, ...string[]] => onHost(enter, argv);
  const launch = (...argv: readonly string[]): ChildProcess => {
    const log = openSync(output, 'a');
    // setpriv: should this process be killed, so are these.
    return spawn('setpriv', ['--pdeathsig', 'KILL', ...enter, ...argv], { env, stdio: ['ignore', log, log], cwd: directory.path });
  };
  const processes = { epmd: cluster === undefined ? launch('epmd', '-address', '127.0.0.1', '-port', String(epmdPort)) : undefined, broker: undefined as ChildProcess | undefined };
  let brokerEnd: WatchedEnd | undefined;
  const end = async (child: ChildProcess | undefined): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    if (child === processes.broker) brokerEnd?.expect();
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  const control = async (...args: readonly string[]): Promise<string> => (await run(on('/usr/lib/rabbitmq/bin/rabbitmqctl', '-q', ...args), { env, timeoutMs: 300_000 })).stdout;
  /** It serves its clients a moment before it lets itself be told anything. */
  let started: Promise<unknown> | undefined;
  const rabbit: Rabbit = {
    port,
    url: `rabbit://guest:guest@127.0.0.1:${port}/`,
    caFile: file('ca.pem'),
    client: { certFile: file('cert.pem'), keyFile: file('key.pem') },
    node,
    async virtualHost(name) {
      await rabbit.control('add_vhost', name);
      await rabbit.control('set_permissions', '-p', name, 'guest', '.*', '.*', '.*');
      return `${rabbit.url}${encodeURIComponent(name)}`;
    },
    async control(...args) {
      started ??= control('await_startup');
      await started;
      return control(...args);
    },
    kill: () => end(processes.broker),
    pause: () => void processes.broker?.kill('SIGSTOP'),
    resume: () => void processes.broker?.kill('SIGCONT'),
    async start() {
      started = undefined;
      processes.broker = launch(PROGRAM);
      brokerEnd = watchEnd('RabbitMQ', processes.broker, output);
      await untilListening(port, processes.broker, output, enter);
    },
    async [Symbol.asyncDispose]() {
      await end(processes.broker);
      await end(processes.epmd);
      directory[Symbol.dispose]();
    },
  };
  try {
    if (processes.epmd !== undefined) await untilListening(epmdPort, processes.epmd, output, enter);
    await rabbit.start();
    return rabbit;
  } catch (error) {
    await rabbit[Symbol.asyncDispose]();
    throw error;
  }
}

function onHost(enter: readonly string[], argv: [string, ...string[]]): [string, ...string[]] {
  const [program, ...args] = enter;
  return program === undefined ? argv : [program, ...args, ...argv];
}

async function untilListening(port: number, server: ChildProcess, output: string, enter: readonly string[]): Promise<void> {
  const deadline = Date.now() + 300_000;
  while (server.exitCode === null && server.signalCode === null && Date.now() < deadline) {
    const { code } = await run(onHost(enter, ['bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${port}`]), { accept: [1] });
    if (code === 0) return;
    await sleep(50);
  }
  throw new Error(`nothing listens on port ${port}:\n${readFileSync(output, 'utf8').slice(-2000)}`);
}

/** A certification authority, and a certificate that it signed for this machine. */
async function makeCertificate(directory: string, days: number): Promise<void> {
  const openssl = (...args: readonly string[]): Promise<unknown> => run(['openssl', ...args]);
  const file = (name: string): string => join(directory, name);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl('req', '-x509', ...key, '-subj', '/CN=test authority', '-days', '2', '-keyout', file('ca.key'), '-out', file('ca.pem'));
  await openssl('req', ...key, '-subj', '/CN=localhost', '-keyout', file('key.pem'), '-out', file('request.pem'));
  writeFileSync(file('names'), 'subjectAltName=DNS:localhost\n');
  await openssl('x509', '-req', '-in', file('request.pem'), '-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', String(days), '-extfile', file('names'), '-out', file('cert.pem'));
}
