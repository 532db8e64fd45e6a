import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { startOnHost, type HostProgram, type StartOptions } from './host-program.ts';
import { openNamespaces, type Namespaces, type NamespacesOptions } from './namespaces.ts';
import { GATEWAY, GATEWAY6, type Underlay } from './underlay.ts';

/** A host of the lab: a machine whose `eth0` is plugged into the underlay. */
export interface LabHost extends Namespaces {
  /** Those of `eth0` when the host was made; an agent may move them to a bridge. */
  readonly address: string;
  readonly address6: string;
  /** Starts a program there; what it writes is kept in the host's `/var/log/NAME.out` too. */
  start(name: string, argv: readonly string[], options?: StartOptions): Promise<HostProgram>;
  read(file: string): string;
  /** Makes the folder too, where it is missing. */
  write(file: string, text: string): void;
  /** Pulls the cable of `eth0`: it has no carrier. */
  cut(): Promise<void>;
  heal(): Promise<void>;
}

/** Host number 1 is linux-node1 at 192.168.56.11 and fd00:56::11. */
function nameOf(number: number): string {
  return `linux-node${number}`;
}

function addressesOf(number: number): Pick<LabHost, 'address' | 'address6'> {
  return { address: `192.168.56.${10 + number}`, address6: `fd00:56::${10 + number}` };
}

/** The host of that number among `count`. Its /etc/hosts knows them all. */
export async function openLabHost(underlay: Underlay, number: number, count: number, options: NamespacesOptions = {}): Promise<LabHost> {
  const name = nameOf(number);
  const { address, address6 } = addressesOf(number);
  const machine = await openNamespaces(name, options);
  await underlay.plug(name, machine, 'eth0');
  await machine.run(['ip', '-batch', '-'], {
    input: `address add ${address}/24 dev eth0
address add ${address6}/64 dev eth0 nodad
link set eth0 up
route add default via ${GATEWAY}
route add default via ${GATEWAY6} dev eth0
`,
  });
  const write = (file: string, text: string): void => {
    mkdirSync(machine.path(dirname(file)), { recursive: true });
    writeFileSync(machine.path(file), text);
  };
  const names = Array.from({ length: count }, (_, index) => `${addressesOf(index + 1).address} ${nameOf(index + 1)}`);
  write('/etc/hosts', ['127.0.0.1 localhost', '::1 localhost', ...names, ''].join('\n'));
  return {
    ...machine,
    address,
    address6,
    start: (program, argv, options) => startOnHost(machine, program, machine.path(`/var/log/${program}.out`), argv, options),
    read: (file) => readFileSync(machine.path(file), 'utf8'),
    write,
    cut: () => underlay.cut(name),
    heal: () => underlay.heal(name),
  };
}
