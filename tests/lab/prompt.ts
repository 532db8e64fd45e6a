import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import type { Instance } from '../support/hosts/instance.ts';
import type { LabHost } from '../support/hosts/lab-host.ts';
import type { TwoHostsLab } from '../support/hosts/two-hosts-lab.ts';
import { bootOn } from './guests.ts';
import { administrator } from './verification.ts';

const HELP = `  HOST [COMMAND …]           a shell on a host, or a command there: linux-node1 neutron agent-list
  INSTANCE [COMMAND …]       the same inside an instance: instance-1 ping -c1 192.168.56.12
  console INSTANCE           what the instance said while it booted
  outside [COMMAND …]        the same on the machine that is the hosts' gateway: outside ping -c1 192.168.56.101
  boot NAME HOST [NETWORK]   boots another instance, on provider where no network is named
  delete INSTANCE
  cut HOST, heal HOST        pulls a host's cable, and puts it back
  list                       hosts, instances, and how to come to them from another terminal
  help, exit
`;

/** Does what the user types until there is no more. */
export async function prompt(lab: TwoHostsLab, networks: ReadonlyMap<string, string>, booted: readonly Instance[]): Promise<void> {
  const instances = [...booted];
  const hostCalled = (name: string | undefined): LabHost | undefined => lab.hosts.find((host) => host.name === name);
  const instanceCalled = (name: string | undefined): Instance | undefined => instances.find(({ record }) => record.name === name);
  const list = (): string =>
    [
      ...lab.hosts.map((host) => `${host.name.padEnd(14)}${host.address.padEnd(18)}nsenter -t ${host.pid} -n -m -u -p`),
      ...instances.map(({ record, host, address }) => `${record.name.padEnd(14)}${address.padEnd(18)}on ${host.name}`),
      '',
    ].join('\n');

  const bootAnother = async ([name, , on = 'provider']: readonly string[], host: LabHost | undefined, known: Instance | undefined): Promise<string> => {
    const network = networks.get(on);
    if (host === undefined || name === undefined || known !== undefined || network === undefined) return `boot NAME HOST [NETWORK], with a new name; networks: ${[...networks.keys()].join(', ')}\n`;
    instances.push(await bootOn(lab, host, network, name));
    return list();
  };

  const obey = async ([word, ...args]: readonly string[]): Promise<string> => {
    const host = hostCalled(word) ?? args.map(hostCalled).find((each) => each !== undefined);
    const instance = instanceCalled(word) ?? instanceCalled(args[0]);
    if (word !== undefined && hostCalled(word) !== undefined) return await inTerminal(host?.enter ?? [], args, administrator(lab.controller));
    if (word !== undefined && instanceCalled(word) !== undefined) return await inTerminal(instance?.enter ?? [], args, {});
    switch (word) {
      case undefined:
        return '';
      case 'list':
        return list();
      case 'boot':
        return await bootAnother(args, host, instance);
      case 'outside':
        return await inTerminal(lab.underlay.enter, args, {});
      case 'delete':
        if (instance === undefined) return 'there is no such instance\n';
        await instance[Symbol.asyncDispose]();
        instances.splice(instances.indexOf(instance), 1);
        return '';
      case 'console':
        return instance?.console() ?? 'there is no such instance\n';
      case 'cut':
      case 'heal':
        if (host === undefined) return 'there is no such host\n';
        await host[word]();
        return '';
      default:
        return HELP;
    }
  };

  process.stdout.write(`\n${list()}${HELP}`);
  for await (const line of process.stdin.isTTY ? typedLines() : createInterface({ input: process.stdin })) {
    const words = line.trim().split(/\s+/).filter(Boolean);
    if (words[0] === 'exit') return;
    process.stdout.write(await obey(words).catch((error: unknown) => `${(error as Error).message}\n`));
  }
}

/** Gives the terminal back after each line: what the line starts may want it. */
async function* typedLines(): AsyncGenerator<string> {
  const history: string[] = [];
  for (;;) {
    const lines = createInterface({ input: process.stdin, output: process.stdout, history: [...history] });
    lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    const ended = once(lines, 'close').then(() => undefined);
    const line = await Promise.race([lines.question('lab> ').catch(() => undefined), ended]);
    lines.close();
    if (line === undefined) return;
    history.unshift(line);
    yield line;
  }
}

/** Runs it with this terminal as its own; a shell where there is no command. */
async function inTerminal(enter: readonly string[], command: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const [program, ...args] = [...enter, ...(command.length === 0 ? ['bash'] : command)] as [string, ...string[]];
  const ignore = (): void => undefined;
  // Ctrl-C is for what runs there.
  process.on('SIGINT', ignore);
  const listeners = process.listeners('SIGINT').filter((listener) => listener !== ignore);
  for (const listener of listeners) process.removeListener('SIGINT', listener as () => void);
  try {
    const child = spawn(program, args, { stdio: [process.stdin.isTTY ? 'inherit' : 'ignore', 'inherit', 'inherit'], env: { HOME: '/root', TERM: process.env['TERM'] ?? 'dumb', PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...env } });
    await once(child, 'close');
  } finally {
    for (const listener of listeners) process.on('SIGINT', listener as () => void);
    process.removeListener('SIGINT', ignore);
  }
  return '';
}
