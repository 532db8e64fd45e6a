import type { JsonObject } from '@neutrino/lib/json';

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Request Entity Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** An error in Keystone's shape: `{"error": {"code", "title", "message"}}`. */
export class KeystoneError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'KeystoneError';
    this.status = status;
  }
}

export function errorBody(status: number, message: string): JsonObject {
  return { error: { code: status, message, title: TITLES[status] ?? 'Error' } };
}

export function badRequest(message: string): KeystoneError {
  return new KeystoneError(400, message);
}

/** The same whatever was wrong: who guesses learns nothing. */
export function unauthorized(message = 'The request you have made requires authentication.'): KeystoneError {
  return new KeystoneError(401, message);
}

/** `action`: Keystone's name of what was asked for, e.g. "identity:create_user". */
export function forbidden(action: string): KeystoneError {
  return new KeystoneError(403, `You are not authorized to perform the requested action: ${action}.`);
}

export function notFound(resource: string, id: string): KeystoneError {
  return new KeystoneError(404, `Could not find ${resource}: ${id}.`);
}

export function conflict(resource: string, detail: string): KeystoneError {
  return new KeystoneError(409, `Conflict occurred attempting to store ${resource} - ${detail}.`);
}
