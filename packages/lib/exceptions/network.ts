import type { ErrorKind } from './neutron-error.ts';

export const NetworkNotFound: ErrorKind = { type: 'NetworkNotFound', status: 404, message: 'Network %(net_id)s could not be found.' };
export const NetworkInUse: ErrorKind = { type: 'NetworkInUse', status: 409, message: 'Unable to complete operation on network %(net_id)s. %(reason)s' };
export const InvalidSharedSetting: ErrorKind = { type: 'InvalidSharedSetting', status: 409, message: 'Unable to reconfigure sharing settings for network %(network)s. Multiple tenants are using it.' };
export const ExternalNetworkInUse: ErrorKind = { type: 'ExternalNetworkInUse', status: 409, message: 'External network %(net_id)s cannot be updated to be made non-external, since it has existing gateway ports.' };
export const NetworkMTUSubnetConflict: ErrorKind = { type: 'NetworkMTUSubnetConflict', status: 409, message: 'MTU of network %(net_id)s is not valid: its subnets require a minimum of %(mtu)s.' };
export const AvailabilityZoneNotFound: ErrorKind = { type: 'AvailabilityZoneNotFound', status: 404, message: 'AvailabilityZone %(availability_zone)s could not be found.' };
export const TenantNotAllowedOnNetwork: ErrorKind = { type: 'HTTPForbidden', status: 403, message: 'Tenant %(tenant_id)s not allowed to create %(resource)s on this network' };
export const VlanTransparencyDriverError: ErrorKind = { type: 'VlanTransparencyDriverError', status: 409, message: 'Backend does not support VLAN Transparency.' };
