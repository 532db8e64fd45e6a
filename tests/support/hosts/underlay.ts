import { run } from '@neutrino/agent/privileged/run';
import { openNamespaces, type Namespaces } from './namespaces.ts';

export const GATEWAY = '192.168.56.1';
export const GATEWAY6 = 'fd00:56::1';

/** What joins the hosts: a switch, with an address at which hosts have their gateway. */
export interface Underlay extends Namespaces {
  /** Makes a network device of a machine, with a cable from it to a port of the switch, which gets the name `cable`. */
  plug(cable: string, machine: Namespaces, device: string): Promise<void>;
  cut(cable: string): Promise<void>;
  heal(cable: string): Promise<void>;
}

const SWITCH = 'lan0';

export async function openUnderlay(): Promise<Underlay> {
  const machine = await openNamespaces('underlay');
  const ip = (...lines: readonly string[]): Promise<unknown> => machine.run(['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });
  await ip(
    `link add ${SWITCH} type bridge forward_delay 0 mcast_snooping 0`,
    `link set ${SWITCH} up`,
    `address add ${GATEWAY}/24 dev ${SWITCH}`,
    `address add ${GATEWAY6}/64 dev ${SWITCH} nodad`,
  );
  return {
    ...machine,
    async plug(cable, { pid }, device) {
      // From outside: the kernel looks the number up among the processes that the caller sees.
      await run(['nsenter', `--net=/proc/${machine.pid}/ns/net`, '--', 'ip', 'link', 'add', cable, 'type', 'veth', 'peer', 'name', device, 'netns', `${pid}`]);
      await ip(`link set ${cable} master ${SWITCH} up`);
    },
    cut: async (cable) => void (await ip(`link set ${cable} down`)),
    heal: async (cable) => void (await ip(`link set ${cable} up`)),
  };
}
