/** Names by which what belongs to routers is recognised on a host; they are Neutron's. */
export const NAMESPACE_PREFIX = 'qrouter-';
export const INTERNAL_PREFIX = 'qr-';
export const EXTERNAL_PREFIX = 'qg-';
export const HA_PREFIX = 'ha-';

export function namespaceName(routerId: string): string {
  return `${NAMESPACE_PREFIX}${routerId}`;
}

export function internalDevice(portId: string): string {
  return `${INTERNAL_PREFIX}${portId.slice(0, 11)}`;
}

export function externalDevice(portId: string): string {
  return `${EXTERNAL_PREFIX}${portId.slice(0, 11)}`;
}

/** By which the copies of a highly available router watch one another. */
export function haDevice(portId: string): string {
  return `${HA_PREFIX}${portId.slice(0, 11)}`;
}

/** The other end of a router's device, on the host. */
export function tapDevice(portId: string): string {
  return `tap${portId.slice(0, 11)}`;
}
