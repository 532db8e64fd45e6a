import type { ErrorKind } from './neutron-error.ts';

export const AddressGroupNotFound: ErrorKind = { type: 'AddressGroupNotFound', status: 404, message: 'Address group %(address_group_id)s could not be found.' };
export const AddressGroupInUse: ErrorKind = { type: 'AddressGroupInUse', status: 409, message: 'Address group %(address_group_id)s is in use on one or more security group rules.' };
export const AddressesNotFound: ErrorKind = { type: 'AddressesNotFound', status: 404, message: 'Addresses %(addresses)s not found in the address group %(address_group_id)s.' };
export const AddressesAlreadyExist: ErrorKind = { type: 'AddressesAlreadyExist', status: 400, message: 'Addresses %(addresses)s already exist in the address group %(address_group_id)s.' };
