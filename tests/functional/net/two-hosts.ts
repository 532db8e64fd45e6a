import { defaultSettings, type VxlanSettings } from '@neutrino/agent/l2/settings';
import { bench, type AgentProcess, type AgentSettings, type Bench, type PluggedPort } from './l2-fixture.ts';
import type { Broker } from '@neutrino/runtime/rpc/transports/in-process/broker';
import type { SimulatedPort } from '../../support/simulated-plugin.ts';

/** Two hosts with a cable between their interfaces `underlay0` (172.31.255.1 and .2) and another between their `provider0`. */
export interface TwoHosts extends AsyncDisposable {
  readonly here: Bench;
  readonly there: Bench;
  /** The settings of tunnels of the agent here. */
  readonly vxlanHere: VxlanSettings;
  /** Starts the agent of each, with that host's own `local_ip`. */
  readonly startAgents: (settings?: TwoHostsSettings) => Promise<AsyncDisposable & { readonly here: AgentProcess; readonly there: AgentProcess }>;
}

export interface TwoHostsSettings extends Omit<AgentSettings, 'vxlan'> {
  readonly vxlan?: Partial<VxlanSettings>;
}

/** `broker`: a bus with a server on it, which knows the hosts as host-a and host-b. */
export async function twoHosts(broker?: Broker): Promise<TwoHosts> {
  const bus = broker === undefined ? {} : { broker };
  await using stack = new AsyncDisposableStack();
  const here = stack.use(await bench({ ...bus, hostName: 'host-a' }));
  const there = stack.use(await bench({ ...bus, hostName: broker === undefined ? 'host-a' : 'host-b' }));
  await connect(here, there, 'underlay0');
  await connect(here, there, 'provider0');
  await there.host.run(['ip', 'address', 'add', '172.31.255.2/24', 'dev', 'underlay0']);
  const whole = stack.move();
  const startOn = ({ startAgent }: Bench, localIp: string, { vxlan, ...settings }: TwoHostsSettings): Promise<AgentProcess> =>
    startAgent({ ...settings, vxlan: { ...defaultSettings.vxlan, localIp, ...vxlan } });
  const startAgents: TwoHosts['startAgents'] = async (settings = {}) => {
    await using agents = new AsyncDisposableStack();
    const started = { here: agents.use(await startOn(here, '172.31.255.1', settings)), there: agents.use(await startOn(there, '172.31.255.2', settings)) };
    const all = agents.move();
    return { ...started, [Symbol.asyncDispose]: () => all.disposeAsync() };
  };
  return { here, there, vxlanHere: { ...defaultSettings.vxlan, localIp: '172.31.255.1' }, startAgents, [Symbol.asyncDispose]: () => whole.disposeAsync() };
}

async function connect(first: Bench, second: Bench, device: string): Promise<void> {
  const pid = /\/proc\/(\d+)\/ns\/net/.exec(second.host.enter.join(' '))?.[1] ?? '';
  await second.host.run(['ip', 'link', 'delete', device]);
  await first.host.run(['ip', 'link', 'set', `${device}-far`, 'netns', pid, 'name', device]);
  await second.host.run(['ip', 'link', 'set', device, 'up']);
}

/** Makes the ports known on both hosts, with a security group of their own in which everybody hears everybody. */
export function tellBoth({ here, there }: TwoHosts, ...ports: readonly SimulatedPort[]): void {
  for (const { plugin } of [here, there]) {
    for (const group of new Set(ports.flatMap((port) => port.groups))) {
      plugin.groups.set(group, (['IPv4', 'IPv6'] as const).flatMap((ethertype) => [
        { direction: 'egress', ethertype } as const, { direction: 'ingress', ethertype, remote_group_id: group } as const,
      ]));
    }
    for (const port of ports) plugin.ports.set(port.id, port);
  }
}

/** The options of a ping whose packet has so many bytes, with all headers above Ethernet's, and is not to be cut. */
const sized = (to: string, bytes: number): readonly string[] => ['-M', 'do', '-s', String(bytes - (to.includes(':') ? 48 : 28))];

/** Whether one packet of so many bytes gets from a port to an address and back within a second. */
export function pings(on: Bench, from: PluggedPort, to: string, bytes = 84): Promise<boolean> {
  return on.pings(from, to, ...sized(to, bytes));
}

/** The same in the time that a busy machine may take. */
export function answered(on: Bench, from: PluggedPort, to: string, bytes = 84): Promise<boolean> {
  return on.answered(from, to, ...sized(to, bytes));
}
