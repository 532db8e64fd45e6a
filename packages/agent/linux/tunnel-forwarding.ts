import { canonicalIp } from '@neutrino/lib/net/ip';
import { run } from '../privileged/run.ts';
import { ipBatch } from './link.ts';

/** The kernel's table of a VXLAN device, as far as somebody set it: what it has learned by itself is not in here. */
export interface TunnelForwarding {
  readonly flooded: Set<string>;
  readonly ends: Map<string, string>;
  readonly neighbours: Map<string, string>;
}

const everybody = '00:00:00:00:00:00';

interface FdbRow {
  readonly mac: string;
  readonly ifname: string;
  readonly dst?: string;
  readonly state?: string;
}

interface NeighbourRow {
  readonly dst: string;
  readonly dev: string;
  readonly lladdr?: string;
}

/** By device. */
export async function readTunnelForwarding(devices: ReadonlySet<string>): Promise<ReadonlyMap<string, TunnelForwarding>> {
  const [fdb, neighbours] = await Promise.all([run(['bridge', '-json', 'fdb', 'show']), run(['ip', '-json', 'neighbour', 'show', 'nud', 'permanent'])]);
  const tables = new Map([...devices].map((device) => [device, { flooded: new Set<string>(), ends: new Map<string, string>(), neighbours: new Map<string, string>() }]));
  for (const { mac, ifname, dst, state } of rows<FdbRow>(fdb.stdout)) {
    const table = tables.get(ifname);
    const end = canonicalIp(dst ?? '');
    if (table === undefined || end === undefined || state !== 'permanent') continue;
    if (mac === everybody) table.flooded.add(end);
    else table.ends.set(mac, end);
  }
  for (const { dst, dev, lladdr } of rows<NeighbourRow>(neighbours.stdout)) {
    const ip = canonicalIp(dst);
    if (ip !== undefined && lladdr !== undefined) tables.get(dev)?.neighbours.set(ip, lladdr);
  }
  return tables;
}

function rows<Row>(json: string): readonly Row[] {
  return JSON.parse(json.trim() === '' ? '[]' : json) as readonly Row[];
}

export type ForwardingChange =
  | { readonly kind: 'flood' | 'flood-no-more'; readonly device: string; readonly end: string }
  | { readonly kind: 'send' | 'send-no-more'; readonly device: string; readonly mac: string; readonly end: string }
  | { readonly kind: 'answer'; readonly device: string; readonly ip: string; readonly mac: string }
  | { readonly kind: 'answer-no-more'; readonly device: string; readonly ip: string };

/** Makes the changes; one that fails does not keep the others from being made. Returns what the programs said of failures. */
export async function changeTunnelForwarding(changes: readonly ForwardingChange[]): Promise<readonly string[]> {
  const fdb = changes.flatMap(fdbCommand);
  const neighbours = changes.flatMap(neighbourCommand);
  // A batch of neighbours ends with the first that is refused, whatever is asked of it; a device on which IPv6 is off refuses all of IPv6.
  const isV6 = (command: string): boolean => command.split(' ')[2]?.includes(':') === true;
  const [ofFdb, ofV4, ofV6] = await Promise.all([
    fdb.length === 0 ? '' : run(['bridge', '-force', '-batch', '-'], { input: `${fdb.join('\n')}\n`, accept: [1, 2, 255] }).then(({ stderr }) => stderr),
    ipBatch(neighbours.filter((command) => !isV6(command))),
    ipBatch(neighbours.filter(isV6)),
  ]);
  return [...ofFdb.split('\n').filter((line) => line !== ''), ...[...ofV4, ...ofV6].map(({ reason }) => reason)];
}

function fdbCommand(change: ForwardingChange): readonly string[] {
  switch (change.kind) {
    case 'flood':
      return [`fdb append ${everybody} dev ${change.device} dst ${change.end}`];
    case 'flood-no-more':
      return [`fdb delete ${everybody} dev ${change.device} dst ${change.end}`];
    case 'send':
      return [`fdb replace ${change.mac} dev ${change.device} dst ${change.end}`];
    case 'send-no-more':
      return [`fdb delete ${change.mac} dev ${change.device} dst ${change.end}`];
    default:
      return [];
  }
}

function neighbourCommand(change: ForwardingChange): readonly string[] {
  if (change.kind === 'answer') return [`neighbour replace ${change.ip} lladdr ${change.mac} dev ${change.device} nud permanent`];
  return change.kind === 'answer-no-more' ? [`neighbour delete ${change.ip} dev ${change.device}`] : [];
}
