import { RemoteError, UnsupportedVersion } from '@neutrino/lib/rpc/messaging';

/** Whether that is the answer of Neutron's server, or of one of ours that is older, to what it does not know. */
export function isUnknownMethod(error: unknown): boolean {
  return error instanceof UnsupportedVersion || (error instanceof RemoteError && ['NoSuchMethod', 'UnsupportedVersion'].includes(error.remoteType));
}
