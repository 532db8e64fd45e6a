import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LinuxBridgeSettings } from '@neutrino/agent/l2/settings';
import { childProcessChannel } from '@neutrino/runtime/rpc/transports/in-process/channel';
import { createBroker, type Broker } from '@neutrino/runtime/rpc/transports/in-process/broker';
import { privateHost, type TestHost } from '../../support/private-host.ts';
import { simulatedPlugin, type SimulatedPlugin, type SimulatedPort } from '../../support/simulated-plugin.ts';

/** A private host, a simulated server, and agents and instances that a test starts on it. */
export interface Bench extends AsyncDisposable {
  readonly host: TestHost;
  readonly plugin: SimulatedPlugin;
  /** Resolves when the agent's first synchronisation is done. */
  readonly startAgent: (settings?: AgentSettings, env?: Readonly<Record<string, string>>) => Promise<AgentProcess>;
  /** Agents that run, in sync or not. */
  readonly agents: () => readonly Pick<AgentProcess, 'kill'>[];
  /** A namespace that plays an instance: its device is the port's, and it has the port's addresses. */
  readonly plug: (port: PluggedPort) => Promise<void>;
  readonly unplug: (port: PluggedPort) => Promise<void>;
  /** Runs a program inside the instance. */
  readonly inside: (port: PluggedPort, ...argv: readonly string[]) => Promise<{ readonly code: number; readonly stdout: string }>;
  /** Resolves when the ports have been reported up, and the instances that are plugged in have noticed their wires. */
  readonly up: (...ports: readonly SimulatedPort[]) => Promise<void>;
  /** Resolves when the kernel of the instance has noticed that there is something at the other end of its device: it sends nothing before. */
  readonly wired: (port: PluggedPort) => Promise<void>;
  /** Whether an answer comes within a second: for what is asked again and again, and for what is not to be answered. */
  readonly pings: (from: PluggedPort, to: string, ...options: readonly string[]) => Promise<boolean>;
  /** Whether the one packet is answered that is sent, in the time that a busy machine may take. */
  readonly answered: (from: PluggedPort, to: string, ...options: readonly string[]) => Promise<boolean>;
}

/** What an instance needs to know of its port. */
export type PluggedPort = Pick<SimulatedPort, 'id' | 'mac' | 'addresses'>;

/** What a test sets; mappings as plain objects, as they cross to the agent's process. */
export type AgentSettings = Partial<Omit<LinuxBridgeSettings, 'physicalInterfaceMappings' | 'bridgeMappings'>> & {
  readonly physicalInterfaceMappings?: Readonly<Record<string, string>>;
  readonly bridgeMappings?: Readonly<Record<string, string>>;
};

export interface AgentProcess extends AsyncDisposable {
  /** The kind and number of steps of each pass that took any, as logged. */
  readonly passes: readonly Readonly<Record<string, number>>[];
  readonly kill: () => Promise<void>;
  readonly signal: (signal: 'SIGSTOP' | 'SIGCONT') => void;
}

const program = fileURLToPath(new URL('../../support/linuxbridge-agent-process.ts', import.meta.url));
export const tapOf = (port: PluggedPort): string => `tap${port.id.slice(0, 11)}`;
/** Of the instance. */
export const namespaceOf = (port: PluggedPort): string => `vm-${port.id.slice(0, 11)}`;

export interface BenchOptions {
  /** A bus with a server on it, in the stead of the simulated one. */
  readonly broker?: Broker;
  /** The agent's host, as the server knows it. */
  readonly hostName?: string;
}

export async function bench({ broker: shared, hostName = 'host-a' }: BenchOptions = {}): Promise<Bench> {
  const host = await privateHost();
  const own = createBroker();
  const broker = shared ?? own;
  const plugin = await simulatedPlugin(own.connect());
  const agents = new Set<ChildProcess>();

  const killAgent = async (child: ChildProcess): Promise<void> => {
    agents.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };

  const startAgent = async (settings: AgentSettings = {}, env: Readonly<Record<string, string>> = {}): Promise<AgentProcess> => {
    const argv = [...host.enter, process.execPath, '--conditions=neutrino-source', program, JSON.stringify({ host: hostName, ...settings })];
    const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['ignore', 'inherit', 'pipe', 'ipc'], env: { ...process.env, ...env } });
    agents.add(child);
    const passes: Record<string, number>[] = [];
    readLog(child, passes);
    broker.attach(childProcessChannel(child));
    await new Promise<void>((resolve, reject) => {
      child.on('message', (message) => {
        if ((message as { kind?: string }).kind === 'in-sync') resolve();
      });
      child.once('exit', (code) => reject(new Error(`the agent ended with ${code}`)));
    });
    const kill = (): Promise<void> => killAgent(child);
    return { passes, kill, signal: (signal) => void child.kill(signal), [Symbol.asyncDispose]: kill };
  };

  const plugged = new Set<string>();
  const inside: Bench['inside'] = (port, ...argv) => host.run(argv as [string, ...string[]], { netns: namespaceOf(port), accept: Array.from({ length: 255 }, (_, index) => index + 1) });
  const ping = async (from: PluggedPort, to: string, seconds: number, options: readonly string[]): Promise<boolean> =>
    (await inside(from, 'ping', '-c', '1', '-W', String(seconds), ...options, to)).code === 0;
  const wired = (port: PluggedPort): Promise<void> =>
    eventually(async () => (await host.run(['ip', '-br', 'link', 'show', 'eth0'], { netns: namespaceOf(port) })).stdout.includes(' UP '), 'the wire of the instance');

  return {
    host,
    plugin,
    startAgent,
    agents: () => [...agents].map((child) => ({ kill: () => killAgent(child) })),
    async plug(port) {
      const [name, tap] = [namespaceOf(port), tapOf(port)];
      plugged.add(port.id);
      await host.run(['ip', 'netns', 'add', name]);
      await host.run(['ip', 'link', 'add', tap, 'type', 'veth', 'peer', 'name', 'eth0', 'address', port.mac, 'netns', name]);
      await host.run(['ip', '-netns', name, '-batch', '-'], {
        input: [
          'link set lo up',
          ...port.addresses.map((address) => (address.includes(':') ? `address add ${address}/64 dev eth0 nodad` : `address add ${address}/24 dev eth0`)),
          'link set eth0 up', '',
        ].join('\n'),
      });
    },
    async unplug(port) {
      plugged.delete(port.id);
      await host.run(['ip', 'link', 'delete', tapOf(port)], { accept: [1] });
      await host.run(['ip', 'netns', 'delete', namespaceOf(port)], { accept: [1] });
    },
    inside,
    wired,
    async up(...ports) {
      await eventually(() => ports.every((port) => plugin.reportedUp.includes(tapOf(port))), 'the report on the ports');
      await Promise.all(ports.filter(({ id }) => plugged.has(id)).map(wired));
    },
    pings: (from, to, ...options) => ping(from, to, 1, options),
    answered: (from, to, ...options) => ping(from, to, PATIENCE_SECONDS, options),
    async [Symbol.asyncDispose]() {
      for (const child of agents) child.kill('SIGKILL');
      await own[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
    },
  };
}

/** What takes a few milliseconds may take as long where the machine is busy or virtual. */
const PATIENCE_SECONDS = 30;

/** Resolves when the condition holds; rejects after a minute. */
export async function eventually(condition: () => boolean | Promise<boolean>, what = 'the condition'): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what} did not come true within a minute`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function readLog(child: ChildProcess, passes: Record<string, number>[]): void {
  let rest = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const steps = line.startsWith('{') ? (JSON.parse(line) as { steps?: Record<string, number> }).steps : undefined;
      if (steps !== undefined) passes.push(steps);
      if (process.env['SHOW_AGENT_LOG'] !== undefined || !line.startsWith('{"level":30')) process.stderr.write(`${line.slice(0, 600)}\n`);
    }
  });
}
