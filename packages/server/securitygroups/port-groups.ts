import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { SecurityGroupConflict, SecurityGroupNotFound } from '@neutrino/lib/exceptions/security-group';
import { inList, unlessEmpty } from '../db/id-list.ts';
import type { DbOrTx, Tx } from '../db/types.ts';
import { sharedAmong } from '../services/rbac/shared-objects.ts';
import { defaultGroupQuery, ensureDefaultGroup } from './default-group.ts';
import type { PortSecurityGroups } from './port-security-groups.ts';

/** The groups of ports, as the core plugin changes and reads them within its own transactions. */
export const portSecurityGroups: PortSecurityGroups = {
  ensureDefault: ensureDefaultGroup,
  checkUsable,
  defaultGroupQuery,

  async setGroups(tx: Tx, portId, groupIds, owner) {
    const wanted = [...new Set(groupIds)];
    await checkUsable(tx, wanted, owner);
    await tx.deleteFrom('security_group_port_bindings').where('port_id', '=', portId).execute();
    if (wanted.length === 0) return;
    const rows = wanted.map((security_group_id) => ({ port_id: portId, security_group_id }));
    await tx.insertInto('security_group_port_bindings').values(rows).execute();
  },

  async groupsOfPorts(db: DbOrTx, portIds) {
    const rows = await unlessEmpty(portIds, (part) =>
      db.selectFrom('security_group_port_bindings').selectAll().where(inList('port_id', part)).orderBy('security_group_id').execute(),
    );
    const groups = new Map<string, string[]>();
    for (const { port_id, security_group_id } of rows) {
      const known = groups.get(port_id);
      if (known) known.push(security_group_id);
      else groups.set(port_id, [security_group_id]);
    }
    return groups;
  },
};

async function checkUsable(db: DbOrTx, wanted: readonly string[], owner: { projectId: string; isAdmin: boolean }): Promise<void> {
  const groups = await unlessEmpty(wanted, (part) =>
    db.selectFrom('security_groups').select(['id', 'project_id', 'stateful']).where(inList('id', part)).execute(),
  );
  const known = new Map(groups.map((group) => [group.id, group]));
  const others = groups.filter(({ project_id }) => !owner.isAdmin && project_id !== owner.projectId).map(({ id }) => id);
  const shared = await sharedAmong(db, 'security_group_rbacs', others, owner.projectId);
  const missing = wanted.filter((id) => !known.has(id) || (others.includes(id) && !shared.has(id)));
  if (missing.length > 0) throw new NeutronError(SecurityGroupNotFound, { id: missing.join(', ') });
  if (new Set(groups.map(({ stateful }) => stateful)).size > 1) {
    throw new NeutronError(SecurityGroupConflict, { reason: 'Cannot apply both stateful and stateless security groups on the same port at the same time' });
  }
}
