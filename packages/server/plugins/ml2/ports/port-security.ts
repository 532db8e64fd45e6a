import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { AddressPairAndPortSecurityRequired, PortSecurityAndIPRequiredForSecurityGroups, PortSecurityPortHasSecurityGroup } from '@neutrino/lib/exceptions/port';
import type { JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../../../context.ts';
import type { Tx } from '../../../db/types.ts';
import type { Ml2 } from '../ml2.ts';
import { optionalList, textsOf } from '../request-values.ts';

interface SecuredPort {
  readonly id: string;
  readonly projectId: string;
  readonly deviceOwner: string;
}

/** The groups a new port asks for; without asking, the default group of its project, unless it is the network service's own. */
export async function storeGroupsOfNewPort(ml2: Ml2, tx: Tx, context: RequestContext, port: SecuredPort, body: JsonObject): Promise<void> {
  const asked = optionalList(body, 'security_groups');
  if (asked !== undefined) {
    await storeGroups(ml2, tx, context, port, textsOf(asked));
    return;
  }
  if (port.deviceOwner.startsWith('network:') || !(await hasPortSecurity(tx, port.id))) return;
  await storeGroups(ml2, tx, context, port, [await ml2.portSecurityGroups.ensureDefault(tx, port.projectId)]);
}

/** Replaces the groups where the request speaks of them. */
export async function storeChangedGroups(ml2: Ml2, tx: Tx, context: RequestContext, port: SecuredPort, changes: JsonObject): Promise<void> {
  const asked = optionalList(changes, 'security_groups');
  if (asked !== undefined) await storeGroups(ml2, tx, context, port, textsOf(asked));
}

/** Security groups and address pairs are rules about what port security lets through: without it there are none. */
export async function checkPortSecurity(tx: Tx, portId: string, request: JsonObject): Promise<void> {
  if (await hasPortSecurity(tx, portId)) return;
  const pair = await tx.selectFrom('allowed_address_pairs').select('port_id').where('port_id', '=', portId).executeTakeFirst();
  if (pair !== undefined) throw new NeutronError(AddressPairAndPortSecurityRequired);
  const group = await tx.selectFrom('security_group_port_bindings').select('port_id').where('port_id', '=', portId).executeTakeFirst();
  if (group === undefined) return;
  const asked = optionalList(request, 'security_groups') ?? [];
  throw new NeutronError(asked.length > 0 ? PortSecurityAndIPRequiredForSecurityGroups : PortSecurityPortHasSecurityGroup);
}

async function hasPortSecurity(tx: Tx, portId: string): Promise<boolean> {
  const row = await tx.selectFrom('ports').select('port_security_enabled').where('id', '=', portId).executeTakeFirst();
  return row?.port_security_enabled === 1;
}

async function storeGroups(ml2: Ml2, tx: Tx, context: RequestContext, port: SecuredPort, groups: readonly string[]): Promise<void> {
  await ml2.portSecurityGroups.setGroups(tx, port.id, groups, { projectId: port.projectId, isAdmin: context.isAdmin });
}
