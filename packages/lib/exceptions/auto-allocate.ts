import type { ErrorKind } from './neutron-error.ts';

export const AutoAllocationFailure: ErrorKind = { type: 'AutoAllocationFailure', status: 409, message: 'Deployment error: %(reason)s.' };
export const DefaultExternalNetworkExists: ErrorKind = { type: 'DefaultExternalNetworkExists', status: 409, message: 'A default external network already exists: %(net_id)s.' };
