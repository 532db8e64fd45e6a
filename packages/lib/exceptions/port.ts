import type { ErrorKind } from './neutron-error.ts';

export const PortNotFound: ErrorKind = { type: 'PortNotFound', status: 404, message: 'Port %(port_id)s could not be found.' };
export const PortInUse: ErrorKind = { type: 'PortInUse', status: 409, message: 'Unable to complete operation on port %(port_id)s for network %(net_id)s. Port already has an attached device %(device_id)s.' };
export const MacAddressInUse: ErrorKind = { type: 'MacAddressInUse', status: 409, message: 'Unable to complete operation for network %(net_id)s. The mac address %(mac)s is in use.' };
export const AddressPairAndPortSecurityRequired: ErrorKind = { type: 'AddressPairAndPortSecurityRequired', status: 409, message: 'Port Security must be enabled in order to have allowed address pairs on a port.' };
export const DuplicateAddressPairInRequest: ErrorKind = { type: 'DuplicateAddressPairInRequest', status: 400, message: 'Request contains duplicate address pair: mac_address %(mac_address)s ip_address %(ip_address)s.' };
export const AllowedAddressPairsMissingIP: ErrorKind = { type: 'AllowedAddressPairsMissingIP', status: 400, message: 'AllowedAddressPair must contain ip_address' };
export const AddressPairsExhausted: ErrorKind = { type: 'AllowedAddressPairExhausted', status: 400, message: 'The number of allowed address pair exceeds the maximum %(quota)s.' };
export const PortSecurityPortHasSecurityGroup: ErrorKind = { type: 'PortSecurityPortHasSecurityGroup', status: 409, message: 'Port has security group associated. Cannot disable port security or ip address until security group is removed.' };
export const PortSecurityAndIPRequiredForSecurityGroups: ErrorKind = { type: 'PortSecurityAndIPRequiredForSecurityGroups', status: 400, message: 'Port security must be enabled and port must have an IP address in order to use security groups.' };
export const PortBound: ErrorKind = { type: 'PortBound', status: 409, message: 'Unable to complete operation on port %(port_id)s, port is already bound, port type: %(vif_type)s, old_mac %(old_mac)s, new_mac %(new_mac)s.' };
export const PortBindingNotFound: ErrorKind = { type: 'PortBindingNotFound', status: 404, message: 'Binding for port %(port_id)s for host %(host)s could not be found.' };
export const PortBindingAlreadyActive: ErrorKind = { type: 'PortBindingAlreadyActive', status: 409, message: 'Binding for port %(port_id)s on host %(host)s is already active.' };
export const PortBindingAlreadyExists: ErrorKind = { type: 'PortBindingAlreadyExists', status: 409, message: 'Binding for port %(port_id)s on host %(host)s already exists.' };
/** Neutron answers 500, which says that the fault is its own. */
export const PortBindingError: ErrorKind = { type: 'PortBindingError', status: 409, message: 'Binding for port %(port_id)s on host %(host)s could not be created or updated.' };
