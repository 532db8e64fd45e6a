import type { Json, JsonObject } from '@neutrino/lib/json';
import type { Endpoint, Listener, Transport } from '@neutrino/lib/rpc/messaging';
import { notifierTopic } from '@neutrino/lib/rpc/topics';
import type { Logger } from 'pino';
import { readLinks } from '../linux/link.ts';
import { changeTunnelForwarding, readTunnelForwarding, type ForwardingChange, type TunnelForwarding } from '../linux/tunnel-forwarding.ts';
import type { PluginApi } from '../rpc/plugin-api.ts';
import { vxlanName } from './device-names.ts';
import { forwardingTable, type NetworkForwarding } from './forwarding-table.ts';
import type { Port } from './port.ts';

/** `[VXLAN] l2_population`: what is behind which tunnel is told by the server, and not found out by flooding. */
export interface TunnelPopulation {
  /** Listens to what the server tells; `onChange` says that `apply` has something to do, `onGap` that something may have been missed. */
  readonly listen: (transport: Transport, host: string, onChange: () => void, onGap: () => void) => Promise<Listener>;
  /** Makes the kernel's tables what was told. */
  readonly apply: () => Promise<void>;
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
  const table = forwardingTable(localIp, (networkId) => tunnels(ports()).has(networkId));
  let refusals = '';
  /** What was told since the server was asked for everything: it may be newer than the answer. */
  let toldMeanwhile: (() => void)[] | undefined;

  const endpoint = (onChange: () => void): Endpoint => {
    const changing = (take: (entries: Json | undefined) => void) => (_context: unknown, args: JsonObject): undefined => {
      const told = (): void => take(args['fdb_entries']);
      told();
      toldMeanwhile?.push(told);
      onChange();
    };
    return { version: '1.5', methods: { add_fdb_entries: changing(table.add), remove_fdb_entries: changing(table.remove), update_fdb_entries: changing(table.update) } };
  };

  const apply = async (): Promise<void> => {
    const links = readLinks();
    const networks = new Map([...tunnels(ports())].filter(([, device]) => links.get(device)?.kind === 'vxlan'));
    table.retain(new Set(tunnels(ports()).keys()));
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

  const askForEverything = async (): Promise<void> => {
    const networks = [...tunnels(ports()).keys()];
    if (networks.length === 0) return;
    const meanwhile: (() => void)[] = [];
    toldMeanwhile = meanwhile;
    try {
      const entries = await api.forwardingEntries(networks);
      if (entries === undefined) return;
      table.replace(networks, entries);
      for (const told of meanwhile) told();
    } finally {
      toldMeanwhile = undefined;
    }
    await apply();
  };

  return {
    listen: (transport, host, onChange, onGap) => transport.listen({ topic: notifierTopic('l2population', 'update'), server: host, onGap, endpoints: [endpoint(onChange)] }),

    apply,

    async refresh(wired) {
      await askForEverything();
      const one = new Map([...ports()].filter(({ details }) => details.network_type === 'vxlan' && wired(details.device)).map(({ details }) => [details.network_id, details.device]));
      if (one.size > 0) await api.refreshTunnels([...one.values()]);
    },
  };
}

/** Network → its tunnel's device. */
function tunnels(ports: Iterable<Port>): ReadonlyMap<string, string> {
  return new Map(
    [...ports].flatMap(({ details: { network_type: type, network_id: id, segmentation_id: vni } }) => (type === 'vxlan' && vni !== null ? [[id, vxlanName(vni)] as const] : [])),
  );
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
