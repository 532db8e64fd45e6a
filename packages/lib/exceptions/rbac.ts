import type { ErrorKind } from './neutron-error.ts';

export const RbacPolicyNotFound: ErrorKind = { type: 'RbacPolicyNotFound', status: 404, message: 'RBAC policy of type %(object_type)s with ID %(id)s not found' };
export const RbacPolicyInUse: ErrorKind = { type: 'RbacPolicyInUse', status: 409, message: 'RBAC policy on object %(object_id)s cannot be removed because other objects depend on it.\nDetails: %(details)s' };
export const DuplicateRbacPolicy: ErrorKind = { type: 'DuplicateRbacPolicy', status: 409, message: 'An RBAC policy already exists with those values.' };
export const InvalidActionForType: ErrorKind = { type: 'InvalidActionForType', status: 400, message: "Invalid action '%(action)s' for object type '%(object_type)s'. Valid actions: %(valid_actions)s" };
