import type { ErrorKind } from './neutron-error.ts';

export const AddressScopeNotFound: ErrorKind = { type: 'AddressScopeNotFound', status: 404, message: 'Address scope %(address_scope_id)s could not be found.' };
export const AddressScopeInUse: ErrorKind = {
  type: 'AddressScopeInUse', status: 409, message: 'Unable to complete operation on address scope %(address_scope_id)s. There are one or more subnet pools in use on the address scope.',
};
export const AddressScopeUpdateError: ErrorKind = { type: 'AddressScopeUpdateError', status: 400, message: 'Unable to update address scope %(address_scope_id)s : %(reason)s.' };
export const AddressScopePrefixConflict: ErrorKind = {
  type: 'AddressScopePrefixConflict', status: 409, message: 'Failed to associate address scope: subnetpools within an address scope must have unique prefixes.',
};
export const NetworkAddressScopeAffinityError: ErrorKind = {
  type: 'NetworkAddressScopeAffinityError', status: 400, message: 'Subnets of the same address family hosted on the same network must all participate in the same address scope.',
};
