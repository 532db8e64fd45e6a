import { isJsonObject } from '@neutrino/lib/json';
import { RemoteError, UnsupportedVersion } from '@neutrino/lib/rpc/messaging';

/** An error on its way to the caller: the class name that the caller matches on, and the message. */
export interface Failure {
  readonly type: string;
  readonly message: string;
  /** The Python module of the class, where a Python program told it. */
  readonly module?: string;
}

/** What is told to a caller of the error that a method threw; never a stack. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { type: 'Error', message: String(error) };
  // A failure that is passed on keeps the name that its origin gave it.
  if (error instanceof RemoteError) {
    return { type: error.remoteType, message: error.message, ...(error.remoteModule === undefined ? {} : { module: error.remoteModule }) };
  }
  const type = 'type' in error && typeof error.type === 'string' ? error.type : error.name;
  return { type, message: error.message };
}

/** The error that a call rejects with, from what came back. */
export function errorOf(failure: Failure): Error {
  if (failure.type === UnsupportedVersion.name) return new UnsupportedVersion(failure.message);
  return new RemoteError(failure.type, failure.message, failure.module);
}

export function isFailure(value: unknown): value is Failure {
  return isJsonObject(value) && typeof value['type'] === 'string' && typeof value['message'] === 'string';
}
