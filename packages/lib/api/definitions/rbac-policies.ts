import { InvalidInput } from '../../exceptions/generic.ts';
import { NeutronError } from '../../exceptions/neutron-error.ts';
import type { Attribute, Converter, ExtensionDeclaration } from '../attribute.ts';
import { show } from '../converters.ts';
import { defineExtension, projectAttribute, readOnly } from '../define-extension.ts';
import { string, uuid } from '../validators.ts';

/** What can be shared. */
export const RBAC_OBJECT_TYPES = ['network', 'security_group', 'address_group', 'subnetpool', 'address_scope'] as const;
export type RbacObjectTypeName = (typeof RBAC_OBJECT_TYPES)[number];

const toObjectType: Converter = (value) => {
  // Left out: what makes the policy says that there is no such type.
  if (value === null) return null;
  const normal = typeof value === 'string' ? value.trim().toLowerCase() : value;
  if (RBAC_OBJECT_TYPES.some((type) => type === normal)) return normal;
  throw new NeutronError(InvalidInput, { error_message: `'${show(value)}' is not a valid RBAC object type` });
};

const given: Pick<Attribute, 'type' | 'allowPost' | 'allowPut' | 'isVisible' | 'isFilter' | 'enforcePolicy'> = {
  type: 'string', allowPost: true, allowPut: false, isVisible: true, isFilter: true, enforcePolicy: true,
};

export const rbacPolicies: ExtensionDeclaration = defineExtension({
  alias: 'rbac-policies',
  name: 'RBAC Policies',
  description: 'What projects let other projects use of theirs.',
  updated: '2015-06-17T12:15:12-00:00',
  resources: [
    {
      collection: 'rbac_policies',
      resource: 'rbac_policy',
      attributes: {
        id: readOnly('string', 'the id', { validate: uuid, isFilter: true, primaryKey: true }),
        object_type: { ...given, default: null, convertTo: toObjectType, description: 'what is shared: network, …' },
        object_id: { ...given, validate: uuid, description: 'the id of what is shared' },
        target_tenant: { ...given, allowPut: true, validate: string(255), description: 'the project that may use it; * for all' },
        tenant_id: { ...projectAttribute, isSortKey: false },
        action: { ...given, validate: string(255), description: 'what it may be used as: access_as_shared or access_as_external' },
      },
    },
  ],
});
