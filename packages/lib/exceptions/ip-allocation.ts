import type { ErrorKind } from './neutron-error.ts';

export const IpAddressAlreadyAllocated: ErrorKind = { type: 'IpAddressAlreadyAllocated', status: 409, message: 'IP address %(ip)s already allocated in subnet %(subnet_id)s' };
export const IpAddressGenerationFailure: ErrorKind = { type: 'IpAddressGenerationFailure', status: 409, message: 'No more IP addresses available on network %(net_id)s.' };
export const IpAddressGenerationFailureNoMatchingSubnet: ErrorKind = {
  type: 'IpAddressGenerationFailureNoMatchingSubnet', status: 409, message: 'No valid service subnet for the given device owner, network %(network_id)s, service type %(service_type)s.',
};
export const InvalidIpForNetwork: ErrorKind = { type: 'InvalidIpForNetwork', status: 400, message: 'IP address %(ip_address)s is not a valid IP for any of the subnets on the specified network.' };
export const InvalidIpForSubnet: ErrorKind = { type: 'InvalidIpForSubnet', status: 400, message: 'IP address %(ip_address)s is not a valid IP for the specified subnet.' };
export const AllocationOnAutoAddressSubnet: ErrorKind = { type: 'AllocationOnAutoAddressSubnet', status: 400, message: 'IPv6 address %(ip)s cannot be directly assigned to a port on subnet %(subnet_id)s as the subnet is configured for automatic addresses' };
