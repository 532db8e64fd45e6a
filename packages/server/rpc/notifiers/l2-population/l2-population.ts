import type { JsonObject } from '@neutrino/lib/json';
import { floodingEntry, type ChangedAddresses, type ForwardingEntries, type ForwardingEntry, type NetworkForwarding } from '@neutrino/lib/rpc/forwarding-entries';
import type { Transport } from '@neutrino/lib/rpc/messaging';
import { notifierTopic } from '@neutrino/lib/rpc/topics';
import type { Logger } from 'pino';
import type { Subscriber } from '../../../callbacks/registry.ts';
import { adminContext, toMessageContext } from '../../../context.ts';
import { DatabaseUnavailable } from '../../../db/errors.ts';
import type { Db } from '../../../db/types.ts';
import type { AgentDirectory } from '../../../plugins/ml2/agent-directory.ts';
import {
  activePorts, boundPorts, countActivePorts, forwardingEntries, reachablePorts, segmentsOfNetworks, type TunnelSegment, type WiredPort,
} from '../../queries/tunnel-ports.ts';
import { coalesce } from '../coalesce.ts';
import { addressChanges, isWired, portLeft, type AddressChange, type PortLeft } from './port-movements.ts';
import { departures } from './routers-left.ts';
import { currentTunnelEnds, tunnelEnds } from './tunnel-ends.ts';

interface L2PopulationOptions {
  readonly db: Db;
  readonly transport: Transport;
  readonly directory: AgentDirectory;
  readonly log: Pick<Logger, 'error'>;
}

/** What the l2population mechanism driver does: agents are told what is behind which tunnel, in Neutron's messages. */
export interface L2Population extends AsyncDisposable {
  readonly subscriber: Subscriber;
  /** An agent that has started anew, or may have missed something, has these ports wired: it is told all about their networks. */
  readonly refresh: (portIds: readonly string[]) => void;
  /** A host has wired these ports of highly available routers, which are bound to others: it is told all about their networks, and others of it. */
  readonly copiesWired: (portIds: readonly string[], host: string) => void;
  /** All that a host is to know of the networks. */
  readonly entriesFor: (host: string, networkIds: readonly string[]) => Promise<ForwardingEntries>;
}

/** In the order in which they happened. */
type Movement =
  | { readonly kind: 'wired'; readonly id: string }
  | { readonly kind: 'refresh'; readonly id: string; readonly host?: string }
  | ({ readonly kind: 'left' } & PortLeft)
  | ({ readonly kind: 'readdressed' } & AddressChange);

/** How soon it is tried again where the database is away, and how much waits for it at most: then the oldest goes. */
const RETRY_MS = 1_000;
const MOST_WAITING = 20_000;

interface Arrival {
  readonly kind: 'wired' | 'refresh';
  readonly id: string;
  /** Undefined: where it is bound. */
  readonly host?: string;
}

export function l2Population({ db, transport, directory, log }: L2PopulationOptions): L2Population {
  /** Those that are told stay at the front until they are. */
  const movements: Movement[] = [];
  const told = new Set<string>();
  let isAway = false;
  let again: NodeJS.Timeout | undefined;

  const send = async (method: 'add_fdb_entries' | 'remove_fdb_entries' | 'update_fdb_entries', entries: ForwardingEntries | ChangedAddresses, host?: string): Promise<void> => {
    if (Object.keys(entries).length === 0) return;
    const topic = notifierTopic('l2population', 'update');
    const target = host === undefined ? { topic, fanout: true } : { topic, server: host };
    await transport.cast(toMessageContext(adminContext()), { ...target, version: '1.0' }, method, { fdb_entries: entries as unknown as JsonObject });
  };

  /** Hosts that are new to a network hear of all others there, and then everybody hears of their ports. */
  const wired = async (arrivals: readonly Arrival[]): Promise<void> => {
    const refreshed = new Set(arrivals.flatMap(({ kind, id }) => (kind === 'refresh' ? [id] : [])));
    const bound = await boundPorts(db, [...new Set(arrivals.map(({ id }) => id))]);
    const copies = arrivals.flatMap(({ id, host }) => {
      const port = host === undefined ? undefined : bound.find((each) => each.id === id && each.travels);
      return port === undefined || host === undefined ? [] : [{ ...port, host }];
    });
    const known = [...bound, ...copies];
    const ends = await tunnelEnds(directory, known.map(({ host }) => host));
    const ports = known.filter((port): port is typeof port & { readonly segment: TunnelSegment } => port.segment !== undefined && ends.get(port.host)?.carries(port.segment) === true);
    if (ports.length === 0) return;
    const counts = await countActivePorts(db, ports.map(({ network_id }) => network_id), ports.map(({ host }) => host));
    const places = Map.groupBy(ports, ({ network_id, host }) => `${network_id} ${host}`);
    const newcomers = [...places].flatMap(([place, [port, ...others]]) => {
      if (port === undefined) return [];
      const count = counts.get(port.network_id)?.get(port.host) ?? 0;
      // Another server may be at it with one more port at this moment.
      const isNew = count <= others.length + 2 || !told.has(place) || [port, ...others].some(({ id }) => refreshed.has(id));
      return isNew ? [{ place, port }] : [];
    });
    await introduce(newcomers.map(({ port }) => port));
    for (const { place } of newcomers) told.add(place);
    const reached = ports.filter(({ status, travels }) => status === 'ACTIVE' || travels);
    const entries = await forwardingEntries(db, reached);
    const message = new EntriesOfNetworks();
    for (const port of reached) {
      const isNew = newcomers.some(({ place }) => place === `${port.network_id} ${port.host}`);
      message.addPort(port, { segment: port.segment, end: ends.get(port.host)?.address ?? '', entries: entries.get(port.id) ?? [], isFlooded: isNew });
    }
    await send('add_fdb_entries', message.entries());
  };

  const introduce = async (newcomers: readonly (WiredPort & { readonly segment: TunnelSegment })[]): Promise<void> => {
    const all = await activePorts(db, [...new Set(newcomers.map(({ network_id }) => network_id))]);
    const [entries, ends] = await Promise.all([forwardingEntries(db, all), tunnelEnds(directory, all.map(({ host }) => host))]);
    for (const [host, arrivals] of Map.groupBy(newcomers, (port) => port.host)) {
      const message = new EntriesOfNetworks();
      for (const { network_id, segment } of arrivals) {
        for (const port of all) {
          const end = ends.get(port.host);
          if (port.network_id === network_id && port.host !== host && end !== undefined) message.addPort(port, { segment, end: end.address, entries: entries.get(port.id) ?? [], isFlooded: true });
        }
      }
      await send('add_fdb_entries', message.entries(), host);
    }
  };

  const entriesFor: L2Population['entriesFor'] = async (host, networkIds) => {
    const elsewhere = (await reachablePorts(db, networkIds)).filter((port) => port.host !== host);
    const [entries, ends] = await Promise.all([forwardingEntries(db, elsewhere), currentTunnelEnds(db, elsewhere.map((port) => port.host))]);
    const message = new EntriesOfNetworks();
    for (const port of elsewhere) {
      const [end, { segment }] = [ends.get(port.host), port];
      if (segment !== undefined && end?.carries(segment) === true) message.addPort(port, { segment, end: end.address, entries: entries.get(port.id) ?? [], isFlooded: true });
    }
    return message.entries();
  };

  const left = async (ports: readonly PortLeft[]): Promise<void> => {
    if (ports.length === 0) return;
    const gone = await departures(db, ports, (networkId) => [...told].filter((place) => place.startsWith(`${networkId} `)).map((place) => place.slice(networkId.length + 1)));
    const networks = [...new Set(gone.map(({ network_id }) => network_id))];
    const hosts = [...new Set(gone.map(({ host }) => host))];
    const [segments, counts, ends] = await Promise.all([segmentsOfNetworks(db, networks), countActivePorts(db, networks, hosts), tunnelEnds(directory, hosts)]);
    const message = new EntriesOfNetworks();
    for (const { network_id, host, entries, travelling } of gone) {
      const end = ends.get(host);
      const segment = segments.get(network_id)?.find((candidate) => end?.carries(candidate) === true);
      if (end === undefined || segment === undefined) continue;
      const isLast = (counts.get(network_id)?.get(host) ?? 0) === 0;
      if (isLast) told.delete(`${network_id} ${host}`);
      if (isLast || entries.length > 0) message.add(network_id, segment, end.address, [...(isLast ? [floodingEntry] : []), ...entries]);
      if (travelling.length > 0) message.addTravelling(network_id, segment, travelling);
    }
    await send('remove_fdb_entries', message.entries());
  };

  const readdressed = async (changes: readonly AddressChange[]): Promise<void> => {
    const [segments, ends] = await Promise.all([segmentsOfNetworks(db, changes.map(({ network_id }) => network_id)), tunnelEnds(directory, changes.map(({ host }) => host))]);
    // One message for each: those of one port must not be mixed up.
    for (const { network_id, host, before, after } of changes) {
      const end = ends.get(host);
      if (end === undefined || segments.get(network_id)?.some(end.carries) !== true) continue;
      const change = { ...(before.length === 0 ? {} : { before }), ...(after.length === 0 ? {} : { after }) };
      await send('update_fdb_entries', { chg_ip: { [network_id]: { [end.address]: change } } });
    }
  };

  const tell = async (run: readonly Movement[]): Promise<void> => {
    const arrivals = run.filter(isArrival);
    if (arrivals.length > 0) await wired(arrivals);
    await left(run.flatMap((movement) => (movement.kind === 'left' ? [movement] : [])));
    await readdressed(run.flatMap((movement) => (movement.kind === 'readdressed' ? [movement] : [])));
  };
  const work = async (): Promise<void> => {
    for (let run = firstRun(movements); run.length > 0; run = firstRun(movements)) {
      try {
        await tell(run);
        isAway = false;
      } catch (error) {
        if (!isAway) log.error({ err: error }, 'agents cannot be told what is behind which tunnel');
        isAway = error instanceof DatabaseUnavailable;
        // No agent would ask for what it does not hear of now.
        if (isAway && movements.length <= MOST_WAITING) {
          again ??= setTimeout(() => {
            again = undefined;
            queue.add(['movements']);
          }, RETRY_MS).unref();
          return;
        }
      }
      movements.splice(0, run.length);
    }
  };
  const queue = coalesce(work, (error) => log.error({ err: error }, 'agents cannot be told what is behind which tunnel'));
  const enqueue = (some: readonly Movement[]): void => {
    if (some.length === 0) return;
    movements.push(...some);
    queue.add(['movements']);
  };

  return {
    subscriber({ resource, operation, id, current, original }) {
      if (resource !== 'port') return;
      enqueue([
        ...addressChanges(operation, current, original).map((change): Movement => ({ kind: 'readdressed', ...change })),
        ...portLeft(operation, current, original).map((port): Movement => ({ kind: 'left', ...port })),
        ...(isWired(operation, current, original) ? [{ kind: 'wired', id } as const] : []),
      ]);
    },
    entriesFor,
    copiesWired: (ids, host) => enqueue(ids.map((id) => ({ kind: 'refresh', id, host }))),
    refresh: (ids) => enqueue(ids.map((id) => ({ kind: 'refresh', id }))),
    [Symbol.asyncDispose]() {
      clearTimeout(again);
      return queue[Symbol.asyncDispose]();
    },
  };
}

function isArrival(movement: Movement): movement is Extract<Movement, { kind: 'wired' | 'refresh' }> {
  return movement.kind === 'wired' || movement.kind === 'refresh';
}

/** Those at the front that can be told together. */
function firstRun(movements: readonly Movement[]): readonly Movement[] {
  const [first] = movements;
  if (first === undefined) return [];
  const end = movements.findIndex((movement) => (isArrival(first) ? !isArrival(movement) : movement.kind !== first.kind));
  return movements.slice(0, end === -1 ? undefined : end);
}

interface Place {
  readonly segment: TunnelSegment;
  readonly end: string;
  readonly entries: readonly ForwardingEntry[];
  readonly isFlooded: boolean;
}

interface NetworkParts {
  readonly segment: TunnelSegment;
  readonly ports: Map<string, ForwardingEntry[]>;
  readonly travelling: ForwardingEntry[];
}

class EntriesOfNetworks {
  readonly #networks = new Map<string, NetworkParts>();

  /** Of one that travels nobody is told where it is: that would be late, and keep packets from where it is by then. */
  addPort({ network_id: id, travels }: Pick<WiredPort, 'network_id' | 'travels'>, { segment, end, entries, isFlooded }: Place): void {
    const own = [...(isFlooded ? [floodingEntry] : []), ...(travels ? [] : entries)];
    if (own.length > 0) this.add(id, segment, end, own);
    if (travels) this.addTravelling(id, segment, entries);
  }

  add(networkId: string, segment: TunnelSegment, address: string, entries: readonly ForwardingEntry[]): void {
    const { ports } = this.#parts(networkId, segment);
    const list = ports.get(address) ?? [];
    ports.set(address, list);
    addNew(list, entries);
  }

  addTravelling(networkId: string, segment: TunnelSegment, entries: readonly ForwardingEntry[]): void {
    addNew(this.#parts(networkId, segment).travelling, entries);
  }

  entries(): ForwardingEntries {
    return Object.fromEntries(
      [...this.#networks].map(([id, { segment, ports, travelling }]): [string, NetworkForwarding] => [
        id,
        { segment_id: segment.segmentation_id, network_type: segment.network_type, ports: Object.fromEntries(ports), ...(travelling.length > 0 && { travelling }) },
      ]),
    );
  }

  #parts(networkId: string, segment: TunnelSegment): NetworkParts {
    const parts = this.#networks.get(networkId) ?? { segment, ports: new Map<string, ForwardingEntry[]>(), travelling: [] };
    this.#networks.set(networkId, parts);
    return parts;
  }
}

function addNew(list: ForwardingEntry[], entries: readonly ForwardingEntry[]): void {
  for (const entry of entries) if (!list.some(([mac, ip]) => mac === entry[0] && ip === entry[1])) list.push(entry);
}
