import type { ErrorKind } from './neutron-error.ts';

export const PortForwardingNotFound: ErrorKind = { type: 'PortForwardingNotFound', status: 404, message: 'Port Forwarding %(id)s could not be found.' };
export const FipInUseByPortForwarding: ErrorKind = { type: 'FipInUseByPortForwarding', status: 409, message: 'Floating IP %(id)s in use by Port Forwarding resources.' };
export const PortHasBindingFloatingIP: ErrorKind = {
  type: 'PortHasBindingFloatingIP',
  status: 409,
  message: 'Cannot create port forwarding to floating IP %(floating_ip_address)s (%(fip_id)s) with port %(port_id)s using fixed IP %(fixed_ip)s, as that port already has a binding floating IP.',
};
