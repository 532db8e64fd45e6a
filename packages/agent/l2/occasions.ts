import type { ToldChange } from '@neutrino/lib/rpc/agent-changes';
import { bridgeName, tapName } from './device-names.ts';
import type { HostPorts } from './host-ports.ts';
import type { Occasion } from './inquiry.ts';

/**
 * Why there is to be a pass. `all`: ask about everything. `kernel`: compare only. `sweep`: remove bridges that nothing needs. `gone`:
 * a network's bridge is not needed any more. `tunnels`: compare what is behind them only; `tunnels due`: ask about those in which something has changed;
 * `tunnels missed`: ask for all that is behind them, too. The others are what was heard of.
 */
export type Key = 'all' | 'kernel' | 'sweep' | 'tunnels' | 'tunnels due' | 'tunnels missed' | `gone ${string}` | Heard;
export type Heard = `${HeardKind} ${string}`;
type HeardKind = 'port' | 'network' | 'rules' | 'members';

/** What changes that the server tells mean here. Kinds that are not known concern others. */
export function keysOfChanges(changes: readonly ToldChange[]): readonly Key[] {
  return changes.flatMap(({ kind, subject, object }): readonly Key[] => {
    switch (kind) {
      case 'port':
        return [`port ${tapName(object)}`];
      case 'network':
        return [`network ${subject}`];
      case 'gone':
        return [`gone ${bridgeName(object)}`];
      case 'rules':
        return [`rules ${subject}`];
      // To an agent the members of a security group and the addresses of an address group are the same.
      case 'members':
      case 'addresses':
        return [`members ${subject}`];
      case 'agent':
        return ['all'];
      default:
        return [];
    }
  });
}

/**
 * What a pass has to ask about. To be worked out as it begins: what is heard while another pass waits for its answers may concern a
 * group or a device of which those answers tell for the first time.
 */
export function occasionOf(keys: ReadonlySet<Key>, ports: HostPorts): Occasion {
  const networks = [...named(keys, 'network')];
  return {
    everything: keys.has('all'),
    devices: new Set([...named(keys, 'port'), ...networks.flatMap((id) => ports.devicesOfNetwork(id))]),
    security: new Set([...ports.devicesToAsk(named(keys, 'rules'), 'member'), ...ports.devicesToAsk(named(keys, 'members'), 'remote')]),
  };
}

/** Whether a pass that these occasion has anything to ask or to do. */
export function isIdle(keys: ReadonlySet<Key>, { devices, security }: Occasion, isHere: (device: string) => boolean): boolean {
  return security.size === 0 && ![...devices].some(isHere) && [...keys].every((key) => /^(?:port|network|rules|members) /.test(key));
}

/** What follows the key's first word, of each key that begins with it. */
export function named(keys: ReadonlySet<Key>, kind: HeardKind | 'gone'): ReadonlySet<string> {
  return new Set([...keys].filter((key) => key.startsWith(`${kind} `)).map((key) => key.slice(kind.length + 1)));
}
