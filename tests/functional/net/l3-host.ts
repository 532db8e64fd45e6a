import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { defaultL3Settings, type L3Settings } from '@neutrino/agent/l3/l3-settings';
import type { RouterPort } from '@neutrino/lib/rpc/router-payloads';
import { createBroker } from '@neutrino/runtime/rpc/transports/in-process/broker';
import { childProcessChannel } from '@neutrino/runtime/rpc/transports/in-process/channel';
import { privateHost, type TestHost } from '../../support/private-host.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { L3_HOST, type L3ScriptedServer, l3ScriptedServer } from './l3-scripted-server.ts';

/** A private host on which an L3 agent runs as a process of its own, a scripted server on the other end of the bus, and machines around. */
export interface L3Host extends AsyncDisposable {
  readonly host: TestHost;
  readonly server: L3ScriptedServer;
  readonly settings: L3Settings;
  /** Starts the agent; resolves when it is in sync. */
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  kill(): Promise<void>;
  /** Nothing comes to the agent and nothing goes from it while `meanwhile` lasts. */
  unheard(meanwhile: () => Promise<void>): Promise<void>;
  /** The steps of each pass that took any. */
  passes(): readonly (readonly string[])[];
  /** What the agent wrote. */
  log(): string;
  /** A network: a bridge that plugs in the routers' devices. */
  network(name: string, ...ports: readonly RouterPort[]): Promise<void>;
  /** A machine on the network: a namespace of its name. Addresses with prefix lengths; the gateways are its default routes. */
  machine(name: string, network: string, addresses: readonly string[], gateways?: readonly string[]): Promise<void>;
  /** Runs a program on a machine. */
  on(machine: string, ...argv: readonly [string, ...string[]]): Promise<{ readonly code: number; readonly stdout: string }>;
  /** Whether an answer to a ping comes back within a second: for what is asked again and again, and for what is not to be answered. */
  reaches(machine: string, address: string): Promise<boolean>;
  /** Whether the one packet that is sent is answered, in the time that a busy machine may take. */
  answers(machine: string, address: string): Promise<boolean>;
}

export async function l3Host(overrides: Partial<L3Settings> = {}): Promise<L3Host> {
  await using guard = new AsyncDisposableStack();
  const host = guard.use(await privateHost());
  const directory = guard.use(temporaryDirectory(0o755));
  const broker = guard.use(createBroker());
  const server = await l3ScriptedServer(broker.connect());
  const settings = { ...defaultL3Settings(join(directory.path, 'state')), resyncIntervalMs: 300, ...overrides };
  let child: ChildProcess | undefined;
  let log = '';
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  guard.defer(kill);
  const on: L3Host['on'] = (machine, ...argv) => host.run(argv, { netns: machine, accept: [1, 2, 7, 28, 52] });
  const stack = guard.move();
  return {
    host,
    server,
    settings,
    kill,
    on,
    async unheard(meanwhile) {
      const told = async (what: string): Promise<void> => {
        const before = log.length;
        child?.kill('SIGUSR2');
        while (!log.slice(before).includes(what)) await delay(5);
      };
      await told('cut\n');
      await meanwhile();
      // What was sent meanwhile is to arrive meanwhile.
      await delay(200);
      await told('mended\n');
    },
    passes: () => log.split('\n').flatMap((line) => (line.includes('"steps"') ? [(JSON.parse(line) as { steps: string[] }).steps] : [])),
    log: () => log,
    async start(env = {}) {
      const argv = [...host.enter, process.execPath, '--conditions=neutrino-source', join(import.meta.dirname, 'l3-agent-process.ts'), JSON.stringify({ host: L3_HOST, settings })];
      const started = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], serialization: 'json', env: { ...process.env, ...env } });
      child = started;
      const inSync = Promise.withResolvers<void>();
      for (const stream of [started.stdout, started.stderr]) {
        stream?.on('data', (chunk: Buffer) => {
          log += chunk.toString();
          if (chunk.toString().includes('in sync\n')) inSync.resolve();
        });
      }
      started.once('exit', () => inSync.reject(new Error(`the agent ended:\n${log}`)));
      broker.attach(childProcessChannel(started));
      await inSync.promise;
    },
    async network(name, ...ports) {
      const plug = ports.map(({ id }) => `link set tap${id.slice(0, 11)} master ${name}`);
      await host.run(['ip', '-batch', '-'], { input: [`link add ${name} type bridge`, `link set ${name} up`, ...plug].join('\n') });
    },
    async machine(name, network, addresses, gateways = []) {
      await host.run(['ip', 'netns', 'add', name]);
      await host.run(['ip', 'link', 'add', `v-${name}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name]);
      await host.run(['ip', 'link', 'set', `v-${name}`, 'master', network, 'up']);
      const lines = ['link set lo up', 'link set eth0 up', ...addresses.map((address) => `address add ${address} dev eth0 ${address.includes(':') ? 'nodad' : ''}`), ...gateways.map((gateway) => `route add default via ${gateway}`)];
      await host.run(['ip', '-batch', '-'], { netns: name, input: lines.join('\n') });
    },
    reaches: async (machine, address) => (await on(machine, 'ping', '-c', '1', '-W', '1', address)).code === 0,
    answers: async (machine, address) => (await on(machine, 'ping', '-c', '1', '-W', '30', address)).code === 0,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
