import { createHash } from 'node:crypto';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { Db } from '../../db/types.ts';

/**
 * Of each router that is switched on, a digest of the revisions of all that its agent is told of it: its own, and those of its ports, of their
 * networks and subnets, and of its floating IPs. Four queries, however many routers.
 */
export async function routerRevisions(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const routers = await unlessEmpty(ids, (some) => db.selectFrom('routers').select(['id', 'revision_number']).where(inList('id', some)).where('admin_state_up', '=', 1).execute());
  const active = routers.map(({ id }) => id);
  const ports = await unlessEmpty(active, (some) =>
    db
      .selectFrom('router_ports')
      .innerJoin('ports', 'ports.id', 'router_ports.port_id')
      .innerJoin('networks', 'networks.id', 'ports.network_id')
      .select(['router_ports.router_id', 'ports.id', 'ports.network_id', 'ports.revision_number', 'networks.revision_number as network_revision'])
      .where(inList('router_ports.router_id', some))
      .execute(),
  );
  const networkIds = [...new Set(ports.map(({ network_id }) => network_id))];
  const subnets = await unlessEmpty(networkIds, (some) => db.selectFrom('subnets').select(['id', 'network_id', 'revision_number']).where(inList('network_id', some)).execute());
  const floating = await unlessEmpty(active, (some) => db.selectFrom('floatingips').select(['id', 'router_id', 'revision_number']).where(inList('router_id', some)).execute());
  const [portsOf, subnetsOf, floatingOf] = [Map.groupBy(ports, ({ router_id }) => router_id), Map.groupBy(subnets, ({ network_id }) => network_id), Map.groupBy(floating, ({ router_id }) => router_id)];
  return new Map(
    routers.map(({ id, revision_number }) => {
      const own = portsOf.get(id) ?? [];
      const parts = [
        ...own.map((port) => [port.id, port.revision_number, port.network_id, port.network_revision].join(' ')),
        ...own.flatMap(({ network_id }) => subnetsOf.get(network_id) ?? []).map((subnet) => [subnet.id, subnet.revision_number].join(' ')),
        ...(floatingOf.get(id) ?? []).map((each) => [each.id, each.revision_number].join(' ')),
      ];
      return [id, createHash('sha1').update([revision_number, ...parts.toSorted()].join('\n')).digest('base64url')];
    }),
  );
}
