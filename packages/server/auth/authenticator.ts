import type { JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../context.ts';
import type { RequestLine } from './access-rules.ts';

/** Names in lower case, as Node gives them. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface RequestIds {
  readonly requestId: string;
  readonly globalRequestId?: string;
}

/** Says who asks, from the headers of the request, and whether for such a request. Throws AuthenticationError. */
export type Authenticator = (headers: RequestHeaders, ids: RequestIds, line?: RequestLine) => Promise<RequestContext>;

/** Goes to the client as it is: this stage answers in Keystone's shapes, not in Neutron's. */
export class AuthenticationError extends Error {
  readonly status: 401 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;

  constructor(status: 401 | 503, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'AuthenticationError';
    this.status = status;
    this.headers = headers;
    this.body = { error: { code: status, title: status === 401 ? 'Unauthorized' : 'Service Unavailable', message } };
  }
}

/** `identityUri`: where the client gets a token. */
export function unauthorized(identityUri: string): AuthenticationError {
  return new AuthenticationError(401, 'The request you have made requires authentication.', { 'WWW-Authenticate': `Keystone uri="${identityUri}"` });
}

export function identityUnavailable(): AuthenticationError {
  return new AuthenticationError(503, 'The identity service cannot be reached at the moment. Try again later.', { 'Retry-After': '5' });
}

/** The first value of a header; undefined where it is absent or empty. */
export function headerValue(headers: RequestHeaders, name: string): string | undefined {
  const value = headers[name];
  const first = typeof value === 'string' ? value : value?.[0];
  return first === undefined || first === '' ? undefined : first;
}
