import type { JsonObject } from '@neutrino/lib/json';
import { isDeepStrictEqual } from 'node:util';
import { haInterfaceOwner, haPortOwner } from '../services/l3/ha/ha-port-owners.ts';
import type { AgentChange } from './agent-change.ts';
import type { PortTransition } from './port-transition.ts';

/** What happened to a port changes what is behind the tunnels of its network, or where copies of its router are. */
export function tunnelChanges({ original, current }: PortTransition): readonly AgentChange[] {
  const port = current ?? original;
  if (port === undefined) return [];
  const isCopy = port['device_owner'] === haPortOwner && (original === undefined || current === undefined);
  return [
    ...(isDeepStrictEqual(behindTunnel(original), behindTunnel(current)) ? [] : [{ kind: 'tunnels', subject: String(port['network_id']), object: '' } as const]),
    ...(isCopy ? [{ kind: 'copies', subject: String(port['device_id']), object: '' } as const] : []),
  ];
}

/**
 * What other hosts are told of a port; undefined for one that they cannot reach. Whether it is BUILD or ACTIVE is the same to them: an agent that
 * looks at a port anew leaves it as it is. An interface of a highly available router is where the router's copies are, whatever the port says.
 */
function behindTunnel(port: JsonObject | undefined): JsonObject | undefined {
  if (port === undefined) return undefined;
  const { 'binding:host_id': host = '', device_owner: owner = '', mac_address, fixed_ips } = port;
  const travels = owner === haInterfaceOwner;
  if (host === '' || host === null || (!travels && port['status'] !== 'ACTIVE' && port['status'] !== 'BUILD')) return undefined;
  const addresses = Array.isArray(fixed_ips) ? fixed_ips.map((ip) => JSON.stringify(ip)).toSorted() : [];
  return { host: travels ? '' : host, owner, mac_address: mac_address ?? '', addresses };
}
