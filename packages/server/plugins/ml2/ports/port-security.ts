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

/**
 * The groups of a port to be created: those it asks for or, without asking, the default group of its project, unless it is
 * the network service's own or has no port security. Undefined: that default group.
 */
export function groupsOfNewPort(port: { readonly deviceOwner: string; readonly isSecured: boolean }, body: JsonObject): readonly string[] | undefined {
  const asked = optionalList(body, 'security_groups');
  if (asked !== undefined) return [...new Set(textsOf(asked))];
  return port.deviceOwner.startsWith('network:') || !port.isSecured ? [] : undefined;
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
  const group = await tx.selectFrom('security_group_port_bindings').select('port_id').where('port_id', '=', portId).executeTakeFirst();
  requirePortSecurity({ hasPairs: pair !== undefined, hasGroups: group !== undefined }, request);
}

/** Of a port without port security. */
export function requirePortSecurity({ hasPairs, hasGroups }: { readonly hasPairs: boolean; readonly hasGroups: boolean }, request: JsonObject): void {
  if (hasPairs) throw new NeutronError(AddressPairAndPortSecurityRequired);
  if (!hasGroups) return;
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
