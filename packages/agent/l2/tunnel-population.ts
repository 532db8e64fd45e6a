import type { ToldChange } from '@neutrino/lib/rpc/agent-changes';
import type { Listener, Transport } from '@neutrino/lib/rpc/messaging';
import { notifierTopic } from '@neutrino/lib/rpc/topics';
import type { Logger } from 'pino';
import { readLinks } from '../linux/link.ts';
import { changeTunnelForwarding, readTunnelForwarding, type ForwardingChange, type TunnelForwarding } from '../linux/tunnel-forwarding.ts';
import type { PluginApi } from '../rpc/plugin-api.ts';
import type { NetworkForwarding } from './forwarding-table.ts';
import type { Port } from './port.ts';
import { tunnelKnowledge } from './tunnel-knowledge.ts';

/** `[VXLAN] l2_population`: what is behind which tunnel is told by the server, and not found out by flooding. */
export interface TunnelPopulation {
  /** Listens to what the server tells; `onChange` says that `apply` has something to do, `onGap` that something may have been missed. */
  readonly listen: (transport: Transport, host: string, onChange: () => void, onGap: () => void) => Promise<Listener>;
  /** Makes the kernel's tables what was told. */
  readonly apply: () => Promise<void>;
  /** What changed, as the server's log has it: networks that are due are to be asked about. */
  readonly changed: (changes: readonly ToldChange[]) => void;
  readonly isDue: () => boolean;
  /** Asks about networks that are due or new here, or about new ones alone, and makes the kernel's tables what they are. */
  readonly catchUp: (about: 'due' | 'new') => Promise<void>;
  /** Asks to be told all of the networks again: at the start, and where something may have been missed. `wired`: devices that are. */
  readonly refresh: (wired: (device: string) => boolean) => Promise<void>;
}

export interface PopulationContext {
  readonly api: PluginApi;
  readonly localIp: string;
  readonly answersArp: boolean;
  /** This host's ports. */
  readonly ports: () => Iterable<Port>;
  readonly log: Logger;
}

export function tunnelPopulation({ api, localIp, answersArp, ports, log }: PopulationContext): TunnelPopulation {
  const knowledge = tunnelKnowledge({ api, localIp, ports });
  const { table } = knowledge;
  let refusals = '';

  const apply = async (): Promise<void> => {
    const links = readLinks();
    const networks = new Map([...knowledge.retain()].filter(([, device]) => links.get(device)?.kind === 'vxlan'));
    if (networks.size === 0) return;
    const found = await readTunnelForwarding(new Set(networks.values()));
    const changes = [...networks].flatMap(([networkId, device]) => {
      const actual = found.get(device);
      if (actual === undefined) return [];
      table.adopt(networkId, actual);
      return deltaForwarding(device, table.of(networkId) ?? actual, actual, answersArp);
    });
    const failures = await changeTunnelForwarding(changes);
    const said = failures.join('\n');
    // What goes on being refused is said once.
    if (said !== refusals && said !== '') log.warn({ failures }, 'the kernel refuses what is behind a tunnel');
    refusals = said;
    if (changes.length > 0) log.info({ changes: changes.length }, 'what is behind the tunnels has been brought in line');
  };

  return {
    listen: (transport, host, onChange, onGap) => transport.listen({ topic: notifierTopic('l2population', 'update'), server: host, onGap, endpoints: [knowledge.endpoint(onChange)] }),

    apply,
    changed: knowledge.changed,
    isDue: knowledge.isDue,

    async catchUp(about) {
      if (await knowledge.ask(about)) await apply();
    },

    async refresh(wired) {
      if (await knowledge.ask('everything')) await apply();
      const one = new Map([...ports()].filter(({ details }) => details.network_type === 'vxlan' && wired(details.device)).map(({ details }) => [details.network_id, details.device]));
      if (one.size > 0) await api.refreshTunnels([...one.values()]);
    },
  };
}

/** What is added comes first: at no moment is there less than before and after. */
function deltaForwarding(device: string, desired: NetworkForwarding, actual: TunnelForwarding, answersArp: boolean): readonly ForwardingChange[] {
  const neighbours = answersArp ? desired.neighbours : new Map<string, string>();
  const missing = <V>(wanted: ReadonlyMap<string, V>, present: ReadonlyMap<string, V>): readonly (readonly [string, V])[] =>
    [...wanted].filter(([key, value]) => present.get(key) !== value);
  return [
    ...[...desired.flooded].filter((end) => !actual.flooded.has(end)).map((end): ForwardingChange => ({ kind: 'flood', device, end })),
    ...missing(desired.ends, actual.ends).map(([mac, end]): ForwardingChange => ({ kind: 'send', device, mac, end })),
    ...missing(neighbours, actual.neighbours).map(([ip, mac]): ForwardingChange => ({ kind: 'answer', device, ip, mac })),
    ...[...actual.neighbours].filter(([ip]) => !neighbours.has(ip)).map(([ip]): ForwardingChange => ({ kind: 'answer-no-more', device, ip })),
    ...[...actual.ends].filter(([mac]) => !desired.ends.has(mac)).map(([mac, end]): ForwardingChange => ({ kind: 'send-no-more', device, mac, end })),
    ...[...actual.flooded].filter((end) => !desired.flooded.has(end)).map((end): ForwardingChange => ({ kind: 'flood-no-more', device, end })),
  ];
}
