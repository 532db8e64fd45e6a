import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DhcpSettings } from '@neutrino/agent/dhcp/dhcp-settings';
import { defaultDhcpSettings } from '@neutrino/agent/dhcp/dhcp-settings';
import type { MetadataSettings } from '@neutrino/agent/metadata/metadata-settings';
import type { DhcpNetwork, DhcpPort } from '@neutrino/lib/rpc/payloads';
import { createBroker } from '@neutrino/runtime/rpc/transports/in-process/broker';
import { childProcessChannel } from '@neutrino/runtime/rpc/transports/in-process/channel';
import { privateHost, type TestHost } from '../../support/private-host.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { AGENT_HOST, type ScriptedServer, scriptedServer } from './dhcp-scripted-server.ts';

/** A private host on which a DHCP agent runs as a process of its own, and a scripted server on the other end of the bus. */
export interface AgentsHost extends AsyncDisposable {
  readonly host: TestHost;
  readonly server: ScriptedServer;
  readonly settings: DhcpSettings;
  /** Starts the agents; resolves when they are in sync. */
  start(): Promise<void>;
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** What the agents have logged. */
  log(): string;
}

export async function agentsHost(
  options: {
    readonly dhcp?: Partial<DhcpSettings>;
    /** Of the directory around the state directory. Default 0700. */
    readonly directoryMode?: number;
    readonly metadata?: (stateDirectory: string) => MetadataSettings;
  } = {},
): Promise<AgentsHost> {
  const stack = new AsyncDisposableStack();
  const host = stack.use(await privateHost());
  const directory = stack.use(temporaryDirectory(options.directoryMode));
  const broker = stack.use(createBroker());
  const server = await scriptedServer(broker.connect());
  const settings = { ...defaultDhcpSettings(join(directory.path, 'state')), resyncIntervalMs: 300, ...options.dhcp };
  mkdirSync(settings.stateDirectory);
  const settingsFile = join(directory.path, 'settings.json');
  const metadata = options.metadata?.(settings.stateDirectory);
  writeFileSync(settingsFile, JSON.stringify({ host: AGENT_HOST, dhcp: settings, ...(metadata === undefined ? {} : { metadata }) }));
  const logFile = join(directory.path, 'agents.log');
  writeFileSync(logFile, '');
  let child: ChildProcess | undefined;
  const stop = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  stack.defer(() => stop('SIGKILL'));
  return {
    host,
    server,
    settings,
    stop,
    signal: (signal) => void child?.kill(signal),
    log: () => readFileSync(logFile, 'utf8'),
    async start() {
      const argv = [...host.enter, process.execPath, '--conditions=neutrino-source', join(import.meta.dirname, 'dhcp-agents-process.ts'), settingsFile];
      const started = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], serialization: 'json' });
      child = started;
      const inSync = Promise.withResolvers<void>();
      for (const stream of [started.stdout, started.stderr]) {
        stream?.on('data', (chunk: Buffer) => {
          appendFileSync(logFile, chunk);
          if (chunk.toString().includes('in sync\n')) inSync.resolve();
        });
      }
      started.once('exit', () => inSync.reject(new Error(`the agents ended:\n${readFileSync(logFile, 'utf8')}`)));
      broker.attach(childProcessChannel(started));
      await inSync.promise;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Does for the network what the layer 2 agent does: a bridge with the DHCP port's device in it. */
export async function bridgeNetwork(agents: AgentsHost, network: DhcpNetwork): Promise<string> {
  const bridge = `brq${network.id.slice(0, 11)}`;
  const port = dhcpPortOf(agents, network.id);
  await agents.host.run(['ip', 'link', 'add', bridge, 'type', 'bridge']);
  await agents.host.run(['ip', 'link', 'set', bridge, 'up']);
  await agents.host.run(['ip', 'link', 'set', `tap${port.id.slice(0, 11)}`, 'master', bridge]);
  return bridge;
}

export function dhcpPortOf(agents: AgentsHost, networkId: string): DhcpPort {
  const port = agents.server.networks.get(networkId)?.ports.find((candidate) => candidate.device_owner === 'network:dhcp');
  if (port === undefined) throw new Error(`network ${networkId} has no DHCP port`);
  return port;
}

/** A process that has ended but was not waited for runs no longer. */
export function isRunning(pid: number | undefined): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

/** The dnsmasq that the network's pid file names, if it is running. */
export function dnsmasqOf(agents: AgentsHost, networkId: string): { readonly pid: number; readonly commandLine: string } | undefined {
  try {
    const pid = Number(readFileSync(join(agents.settings.stateDirectory, 'dhcp', networkId, 'pid'), 'utf8'));
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return commandLine === '' ? undefined : { pid, commandLine };
  } catch {
    return undefined;
  }
}

/** A namespace that plays a virtual machine with the port's MAC address, on the bridge. */
export async function plugInstance(agents: AgentsHost, bridge: string, port: DhcpPort): Promise<string> {
  const name = `vm-${port.id.slice(0, 8)}`;
  const tap = `tap${port.id.slice(0, 11)}`;
  const { run } = agents.host;
  await run(['ip', 'netns', 'add', name]);
  await run(['ip', 'link', 'add', tap, 'type', 'veth', 'peer', 'name', 'eth0', 'address', port.mac_address, 'netns', name]);
  await run(['ip', 'link', 'set', tap, 'master', bridge, 'up']);
  await run(['ip', '-n', name, 'link', 'set', 'lo', 'up']);
  await run(['ip', '-n', name, 'link', 'set', 'eth0', 'up']);
  return name;
}

/** What a real DHCP client in the instance is given, by udhcpc's names; undefined where it gets no lease, though it asks for half a minute. */
export function leaseOf(agents: AgentsHost, instance: string, ...options: readonly string[]): Promise<Record<string, string> | undefined> {
  return leaseWithin(30, agents, instance, options);
}

/** The same, where none is to come. */
export function leaseAtOnce(agents: AgentsHost, instance: string): Promise<Record<string, string> | undefined> {
  return leaseWithin(4, agents, instance, []);
}

async function leaseWithin(seconds: number, agents: AgentsHost, instance: string, options: readonly string[]): Promise<Record<string, string> | undefined> {
  const script = join(agents.settings.stateDirectory, 'print-lease');
  writeFileSync(script, '#!/bin/sh\n[ "$1" = bound ] || exit 0\nip address replace "$ip/$mask" dev "$interface"\nexport -p\n', { mode: 0o755 });
  const requested = options.flatMap((option) => ['-O', option]);
  const { code, stdout } = await agents.host.run(['udhcpc', '-f', '-q', '-n', '-t', String(seconds), '-T', '1', '-i', 'eth0', ...requested, '-s', script], {
    netns: instance,
    accept: [1],
  });
  if (code !== 0) return undefined;
  const pairs = stdout.split('\n').flatMap((line) => {
    const [, name, value] = /^export (\w+)='(.*)'$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(pairs);
}

export async function eventually<T>(what: string, attempt: () => T | undefined | false | Promise<T | undefined | false>, timeoutMs = 60_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const result = await attempt();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await delay(25);
  }
}
