import type { ErrorKind } from './neutron-error.ts';

export const ConntrackHelperNotFound: ErrorKind = { type: 'ConntrackHelperNotFound', status: 404, message: 'Conntrack Helper %(id)s could not be found.' };
export const ConntrackHelperNotAllowed: ErrorKind = { type: 'ConntrackHelperNotAllowed', status: 400, message: 'Conntrack Helper %(helper)s is not allowed.' };
export const InvalidProtocolForHelper: ErrorKind = {
  type: 'InvalidProtocolForHelper',
  status: 400,
  message: 'Conntrack Helper %(helper)s does not support: %(protocol)s. Supported protocols are: %(supported_protocols)s',
};
