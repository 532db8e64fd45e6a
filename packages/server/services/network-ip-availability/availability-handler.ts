import { NetworkNotFound } from '@neutrino/lib/exceptions/network';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { Json, JsonObject } from '@neutrino/lib/json';
import type { IpVersion } from '@neutrino/lib/net/ip';
import { sql, type SqlBool } from 'kysely';
import { listAll, type ListQuery, type ResourceHandler } from '../../api/resource-handler.ts';
import type { RequestContext } from '../../context.ts';
import { listRows, oneOf, type ListSource } from '../../db/list-query.ts';
import type { Db } from '../../db/types.ts';
import { visibleNetworks } from '../../plugins/ml2/visibility.ts';
import { countAddresses, type SubnetAddresses } from './count-addresses.ts';

/** How full networks are. */
export function createAvailabilityHandler({ db }: { readonly db: Db }): ResourceHandler {
  const list = async (context: RequestContext, query: ListQuery): Promise<readonly JsonObject[]> => {
    const visible = db.selectFrom('networks').select(['networks.id', 'networks.name', 'networks.project_id']).where(visibleNetworks(context));
    const networks = await listRows(visible, query, source);
    const versions = query.filters['ip_version'] as readonly IpVersion[] | undefined;
    const subnets = await countAddresses(db, networks.map(({ id }) => id), versions);
    return networks.map((network) => networkView(network, subnets.get(network.id) ?? []));
  };
  return {
    list,
    async get(context, id) {
      const [found] = await list(context, { ...listAll, sorts: [{ key: 'network_id', direction: 'asc' }], filters: { network_id: [id] } });
      if (found === undefined) throw new NeutronError(NetworkNotFound, { net_id: id });
      return found;
    },
  };
}

const source: ListSource = {
  table: 'networks',
  columns: { network_id: 'id', network_name: 'name', project_id: 'project_id', tenant_id: 'project_id' },
  filters: {
    ip_version: (versions) => sql<SqlBool>`networks.id in (select subnets.network_id from subnets where ${oneOf('subnets.ip_version', versions)})`,
  },
};

function networkView(network: { readonly id: string; readonly name: string; readonly project_id: string }, subnets: readonly SubnetAddresses[]): JsonObject {
  return {
    network_id: network.id,
    network_name: network.name,
    project_id: network.project_id,
    tenant_id: network.project_id,
    total_ips: exactNumber(subnets.reduce((sum, { total }) => sum + total, 0n)),
    used_ips: subnets.reduce((sum, { used }) => sum + used, 0),
    subnet_ip_availability: subnets.map(subnetView),
  };
}

function subnetView({ id, name, version, cidr, total, used }: SubnetAddresses): JsonObject {
  return { subnet_id: id, subnet_name: name, ip_version: version, cidr, total_ips: exactNumber(total), used_ips: used };
}

/** The size of an IPv6 subnet is beyond the numbers that JavaScript has, but not beyond those of JSON: https://tc39.es/proposal-json-parse-with-source/ */
function exactNumber(value: bigint): Json {
  const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): Json };
  return rawJSON(String(value));
}
