import type { JsonObject } from '@neutrino/lib/json';
import { listAll } from '../../api/resource-handler.ts';
import type { RequestContext } from '../../context.ts';
import type { CorePlugin } from '../../plugins/ml2/core-plugin.ts';

/**
 * Networks with their subnets and ports, as DHCP agents read them (`DhcpNetwork`): three lists, however many
 * networks. Networks that are gone are left out. Subnets are in the order of their ids, by which agents number their tags.
 */
export async function dhcpNetworks(core: CorePlugin, context: RequestContext, ids: readonly string[], options: { readonly onlyDhcpSubnets: boolean }): Promise<readonly JsonObject[]> {
  if (ids.length === 0) return [];
  const networks = await core.networks.list(context, { ...listAll, filters: { id: ids } });
  const present = networks.map(({ id }) => String(id));
  if (present.length === 0) return [];
  const enabled = options.onlyDhcpSubnets ? { enable_dhcp: [true] } : {};
  const subnets = Map.groupBy(await core.subnets.list(context, { ...listAll, filters: { network_id: present, ...enabled } }), ({ network_id }) => network_id);
  const ports = Map.groupBy(await core.ports.list(context, { ...listAll, filters: { network_id: present } }), ({ network_id }) => network_id);
  return networks.map((network) => ({
    id: network['id'],
    project_id: network['project_id'],
    tenant_id: network['project_id'],
    admin_state_up: network['admin_state_up'],
    mtu: network['mtu'],
    subnets: subnets.get(network['id']) ?? [],
    non_local_subnets: [],
    ports: ports.get(network['id']) ?? [],
  }));
}
