import type { ErrorKind } from './neutron-error.ts';

export const SubnetNotFound: ErrorKind = { type: 'SubnetNotFound', status: 404, message: 'Subnet %(subnet_id)s could not be found.' };
export const SubnetInUse: ErrorKind = { type: 'SubnetInUse', status: 409, message: 'Unable to complete operation on subnet %(subnet_id)s: %(reason)s' };
export const GatewayConflictWithAllocationPools: ErrorKind = { type: 'GatewayConflictWithAllocationPools', status: 409, message: 'Gateway ip %(ip_address)s conflicts with allocation pool %(pool)s.' };
export const OverlappingAllocationPools: ErrorKind = { type: 'OverlappingAllocationPools', status: 409, message: 'Found overlapping allocation pools: %(pool_1)s %(pool_2)s for subnet %(subnet_cidr)s.' };
export const OutOfBoundsAllocationPool: ErrorKind = { type: 'OutOfBoundsAllocationPool', status: 400, message: 'The allocation pool %(pool)s spans beyond the subnet cidr %(subnet_cidr)s.' };
export const DNSNameServersExhausted: ErrorKind = { type: 'DNSNameServersExhausted', status: 400, message: 'Unable to complete operation for %(subnet_id)s. The number of DNS nameservers exceeds the limit %(quota)s.' };
export const HostRoutesExhausted: ErrorKind = { type: 'HostRoutesExhausted', status: 400, message: 'Unable to complete operation for %(subnet_id)s. The number of host routes exceeds the limit %(quota)s.' };
export const InvalidSubnetServiceType: ErrorKind = { type: 'InvalidSubnetServiceType', status: 400, message: 'Subnet service type %(service_type)s does not correspond to a valid device owner.' };
export const InvalidInputSubnetServiceType: ErrorKind = { type: 'InvalidInputSubnetServiceType', status: 400, message: 'Subnet service type %(service_type)s is not a string.' };
export const GatewayIpInUse: ErrorKind = { type: 'GatewayIpInUse', status: 409, message: 'Current gateway ip %(ip_address)s already in use by port %(port_id)s. Unable to update.' };
