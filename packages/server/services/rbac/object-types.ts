import type { RbacObjectTypeName } from '@neutrino/lib/api/definitions/rbac-policies';
import { addressScopeSharing } from '../../plugins/ml2/address-scopes/address-scope-sharing.ts';
import { networkSharing } from '../../plugins/ml2/networks/network-sharing.ts';
import { subnetpoolSharing } from '../../plugins/ml2/subnetpools/subnetpool-sharing.ts';
import { securityGroupSharing } from '../../securitygroups/security-group-sharing.ts';
import { addressGroupSharing } from '../address-group/address-group-sharing.ts';
import type { RbacObjectType } from './rbac-object-type.ts';

/** Everything that can be shared. */
const objectTypes: Readonly<Record<RbacObjectTypeName, RbacObjectType>> = {
  network: networkSharing,
  security_group: securityGroupSharing,
  address_group: addressGroupSharing,
  subnetpool: subnetpoolSharing,
  address_scope: addressScopeSharing,
};

export const rbacObjectTypes: readonly RbacObjectType[] = Object.values(objectTypes);

export function objectTypeNamed(name: string): RbacObjectType | undefined {
  return rbacObjectTypes.find((type) => type.name === name);
}
