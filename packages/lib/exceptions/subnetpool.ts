import type { ErrorKind } from './neutron-error.ts';

export const SubnetPoolNotFound: ErrorKind = { type: 'SubnetPoolNotFound', status: 404, message: 'Subnet pool %(subnetpool_id)s could not be found.' };
export const EmptySubnetPoolPrefixList: ErrorKind = { type: 'EmptySubnetPoolPrefixList', status: 400, message: 'Empty subnet pool prefix list.' };
export const PrefixVersionMismatch: ErrorKind = { type: 'PrefixVersionMismatch', status: 400, message: 'Cannot mix IPv4 and IPv6 prefixes in a subnet pool.' };
export const IllegalSubnetPoolPrefixBounds: ErrorKind = {
  type: 'IllegalSubnetPoolPrefixBounds', status: 400, message: 'Illegal prefix bounds: %(prefix_type)s=%(prefixlen)s, %(base_prefix_type)s=%(base_prefixlen)s.',
};
export const IllegalSubnetPoolPrefixUpdate: ErrorKind = { type: 'IllegalSubnetPoolPrefixUpdate', status: 400, message: 'Illegal update to prefixes: %(msg)s.' };
export const IllegalSubnetPoolUpdate: ErrorKind = { type: 'IllegalSubnetPoolUpdate', status: 400, message: 'Illegal subnetpool update : %(reason)s.' };
export const IllegalSubnetPoolIpVersionAssociationToAddressScope: ErrorKind = {
  type: 'IllegalSubnetPoolIpVersionAssociationToAddressScope', status: 400,
  message: 'Illegal subnetpool association: subnetpool %(subnetpool_id)s cannot associate with address scope %(address_scope_id)s because subnetpool ip_version is not %(ip_version)s.',
};
export const SubnetPoolDeleteError: ErrorKind = { type: 'SubnetPoolDeleteError', status: 400, message: 'Unable to delete subnet pool: %(reason)s.' };
/** Neutron has no status for it, so that its clients see a 500: what it says is a conflict. */
export const SubnetAllocationError: ErrorKind = { type: 'SubnetAllocationError', status: 409, message: 'Failed to allocate subnet: %(reason)s.' };
export const MinPrefixSubnetAllocationError: ErrorKind = {
  type: 'MinPrefixSubnetAllocationError', status: 400, message: 'Unable to allocate subnet with prefix length %(prefixlen)s, minimum allowed prefix is %(min_prefixlen)s.',
};
export const MaxPrefixSubnetAllocationError: ErrorKind = {
  type: 'MaxPrefixSubnetAllocationError', status: 400, message: 'Unable to allocate subnet with prefix length %(prefixlen)s, maximum allowed prefix is %(max_prefixlen)s.',
};
export const SubnetPoolQuotaExceeded: ErrorKind = { type: 'SubnetPoolQuotaExceeded', status: 409, message: 'Per-tenant subnet pool prefix quota exceeded.' };
export const NetworkSubnetPoolAffinityError: ErrorKind = {
  type: 'NetworkSubnetPoolAffinityError', status: 400, message: 'Subnets hosted on the same network must be allocated from the same subnet pool.',
};
