import type { ErrorKind } from './neutron-error.ts';

export const NoNetworkAvailable: ErrorKind = { type: 'NoNetworkAvailable', status: 503, message: 'Unable to create the network. No tenant network is available for allocation.' };
export const VlanIdInUse: ErrorKind = { type: 'VlanIdInUse', status: 409, message: 'Unable to create the network. The VLAN %(vlan_id)s on physical network %(physical_network)s is in use.' };
export const TunnelIdInUse: ErrorKind = { type: 'TunnelIdInUse', status: 409, message: 'Unable to create the network. The tunnel ID %(tunnel_id)s is in use.' };
export const FlatNetworkInUse: ErrorKind = { type: 'FlatNetworkInUse', status: 409, message: 'Unable to create the flat network. Physical network %(physical_network)s is in use.' };
export const SegmentsSetInConjunctionWithProviders: ErrorKind = { type: 'SegmentsSetInConjunctionWithProviders', status: 400, message: 'Segments and provider values cannot both be set.' };
export const SegmentsContainDuplicateEntry: ErrorKind = { type: 'SegmentsContainDuplicateEntry', status: 400, message: 'Duplicate segment entry in request.' };
