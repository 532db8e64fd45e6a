import type { ErrorKind } from './neutron-error.ts';

export const RouterNotFound: ErrorKind = { type: 'RouterNotFound', status: 404, message: 'Router %(router_id)s could not be found' };
export const RouterInUse: ErrorKind = { type: 'RouterInUse', status: 409, message: 'Router %(router_id)s %(reason)s' };
export const RouterInterfaceNotFound: ErrorKind = { type: 'RouterInterfaceNotFound', status: 404, message: 'Router %(router_id)s does not have an interface with id %(port_id)s' };
export const RouterInterfaceNotFoundForSubnet: ErrorKind = { type: 'RouterInterfaceNotFoundForSubnet', status: 404, message: 'Router %(router_id)s has no interface on subnet %(subnet_id)s' };
export const RouterInterfaceInUseByFloatingIP: ErrorKind = {
  type: 'RouterInterfaceInUseByFloatingIP',
  status: 409,
  message: 'Router interface for subnet %(subnet_id)s on router %(router_id)s cannot be deleted, as it is required by one or more floating IPs.',
};
export const RouterInterfaceInUseByRoute: ErrorKind = {
  type: 'RouterInterfaceInUseByRoute',
  status: 409,
  message: 'Router interface for subnet %(subnet_id)s on router %(router_id)s cannot be deleted, as it is required by one or more routes.',
};
export const RouterExternalGatewayInUseByFloatingIp: ErrorKind = {
  type: 'RouterExternalGatewayInUseByFloatingIp',
  status: 409,
  message: 'Gateway cannot be updated for router %(router_id)s, since a gateway to external network %(net_id)s is required by one or more floating IPs.',
};
export const UnableToRemoveGateways: ErrorKind = { type: 'UnableToRemoveGateways', status: 409, message: 'Unable to remove extra gateways from a router %(router_id)s' };
export const UnableToMatchGateways: ErrorKind = { type: 'UnableToMatchGateways', status: 400, message: 'Unable to match a requested gateway port to existing gateway ports for router %(router_id)s' };
export const NoVRIDAvailable: ErrorKind = {
  type: 'NoVRIDAvailable',
  status: 409,
  message: 'No more Virtual Router Identifier (VRID) available when creating router %(router_id)s. The limit of number of HA Routers per tenant is 254.',
};
export const SubnetMismatchForPort: ErrorKind = { type: 'SubnetMismatchForPort', status: 400, message: 'Subnet on port %(port_id)s does not match the requested subnet %(subnet_id)s.' };
export const InvalidRoutes: ErrorKind = { type: 'InvalidRoutes', status: 400, message: 'Invalid format for routes: %(routes)s, %(reason)s' };
export const RoutesExhausted: ErrorKind = { type: 'RoutesExhausted', status: 400, message: 'Unable to complete operation for %(router_id)s. The number of routes exceeds the maximum %(quota)s.' };
export const ServicePortInUse: ErrorKind = { type: 'ServicePortInUse', status: 409, message: 'Port %(port_id)s cannot be deleted directly via the port API: %(reason)s.' };
export const FloatingIPNotFound: ErrorKind = { type: 'FloatingIPNotFound', status: 404, message: 'Floating IP %(floatingip_id)s could not be found' };
export const ExternalGatewayForFloatingIPNotFound: ErrorKind = {
  type: 'ExternalGatewayForFloatingIPNotFound',
  status: 404,
  message: 'External network %(external_network_id)s is not reachable from subnet %(subnet_id)s.  Therefore, cannot associate Port %(port_id)s with a Floating IP.',
};
export const FloatingIPPortAlreadyAssociated: ErrorKind = {
  type: 'FloatingIPPortAlreadyAssociated',
  status: 409,
  message: 'Cannot associate floating IP %(floating_ip_address)s (%(fip_id)s) with port %(port_id)s using fixed IP %(fixed_ip)s, as that fixed IP already has a floating IP on external network %(net_id)s.',
};
export const ExternalIpAddressExhausted: ErrorKind = { type: 'ExternalIpAddressExhausted', status: 400, message: 'Unable to find any IP address on external network %(net_id)s.' };
export const IPAddressChangeNotAllowed: ErrorKind = { type: 'IPAddressChangeNotAllowed', status: 400, message: 'IP updates for port %(port_id)s are not allowed' };
export const InvalidL3Agent: ErrorKind = { type: 'InvalidL3Agent', status: 404, message: 'Agent %(id)s is not a L3 Agent or has been disabled' };
export const RouterHostedByL3Agent: ErrorKind = { type: 'RouterHostedByL3Agent', status: 409, message: 'The router %(router_id)s has been already hosted by the L3 Agent %(agent_id)s.' };
/** What agents of releases before Victoria know by its name. */
export const TooManyExternalNetworks: ErrorKind = { type: 'TooManyExternalNetworks', status: 500, message: 'More than one external network exists.' };
