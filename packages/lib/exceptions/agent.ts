import type { ErrorKind } from './neutron-error.ts';

export const AgentNotFound: ErrorKind = { type: 'AgentNotFound', status: 404, message: 'Agent %(id)s could not be found.' };
export const CallbackNotFound: ErrorKind = { type: 'CallbackNotFound', status: 404, message: 'Callback for %(resource_type)s not found' };
export const InvalidDHCPAgent: ErrorKind = { type: 'InvalidDHCPAgent', status: 404, message: 'Agent %(id)s is not a valid DHCP Agent or has been disabled.' };
export const InvalidResourceTypeClass: ErrorKind = { type: 'InvalidResourceTypeClass', status: 400, message: 'Invalid resource type %(resource_type)s' };
export const InvalidTargetVersion: ErrorKind = { type: 'InvalidTargetVersion', status: 400, message: 'Invalid target version %(version)s' };
export const NetworkHostedByDHCPAgent: ErrorKind = { type: 'NetworkHostedByDHCPAgent', status: 409, message: 'The network %(network_id)s has been already hosted by the DHCP Agent %(agent_id)s.' };
export const NetworkNotHostedByDhcpAgent: ErrorKind = { type: 'NetworkNotHostedByDhcpAgent', status: 409, message: 'The network %(network_id)s is not hosted by the DHCP agent %(agent_id)s.' };
