import type { RbacObjectTypeName } from '@neutrino/lib/api/definitions/rbac-policies';
import type { RbacPolicyRow } from '../../db/schema.ts';
import type { Tx } from '../../db/types.ts';
import type { Users } from './users.ts';

export type RbacAction = 'access_as_shared' | 'access_as_external';

/** The tables of policies: alike, but for whose objects they share. */
export type RbacTable = 'network_rbacs' | 'security_group_rbacs' | 'address_group_rbacs' | 'subnetpool_rbacs' | 'addressscope_rbacs';

/** A grant that is about to end, for all of its target or by being given to `successor` instead. */
export interface EndingGrant {
  readonly objectId: string;
  /** The project whose object it is. */
  readonly owner: string;
  readonly action: RbacAction;
  /** A project, or "*" for all. */
  readonly target: string;
  readonly successor?: string;
}

/** A kind of object that policies share, and what sharing means to it. Within the transaction of the policy's change. */
export interface RbacObjectType {
  readonly name: RbacObjectTypeName;
  readonly policies: RbacTable;
  readonly objects: 'networks' | 'security_groups' | 'address_groups' | 'subnetpools' | 'address_scopes';
  /** The plural, as errors have it. */
  readonly inWords: string;
  readonly actions: readonly RbacAction[];
  /** Whether some of those projects have something that needs the object to be shared with them. */
  isUsed(tx: Tx, objectId: string, users: Users): Promise<boolean>;
  /** Throws where the targets of policies that are about to be cannot have what they are given. */
  refuseTargets?(tx: Tx, policies: readonly RbacPolicyRow[]): Promise<void>;
  /** What keeps a grant of another action than access_as_shared from ending; undefined where nothing does. */
  whyNotEnd?(tx: Tx, grant: EndingGrant): Promise<string | undefined>;
  /** The words of the refusal where the object is used. */
  readonly inUse: (objectId: string, target: string) => string;
  /** After policies on objects have changed. */
  changed?(tx: Tx, objectIds: readonly string[]): Promise<void>;
}
