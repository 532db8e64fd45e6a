import {
  HTTPBadRequest, HTTPInternalServerError, HTTPRequestEntityTooLarge, HTTPUnsupportedMediaType, ServiceUnavailable,
} from '@neutrino/lib/exceptions/generic';
import { show } from '@neutrino/lib/api/converters';
import { NeutronError, type ErrorKind } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import { AuthenticationError } from '../auth/authenticator.ts';
import { DatabaseUnavailable, TransactionConflict, UnstorableText } from '../db/errors.ts';

/** What a client gets for an error. */
export interface Fault {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
  /** True where the error is ours: it is logged, and the client learns nothing of it. */
  readonly internal: boolean;
}

/** The one place where errors become HTTP. */
export function faultOf(error: unknown): Fault {
  if (error instanceof AuthenticationError) return { status: error.status, headers: error.headers, body: error.body, internal: false };
  if (error instanceof NeutronError && (error.status < 500 || error.status === 503)) return fault(error);
  if (error instanceof TransactionConflict || error instanceof DatabaseUnavailable) return { ...fault(new NeutronError(ServiceUnavailable)), headers: { 'retry-after': '5' } };
  if (error instanceof UnstorableText) return fault(badRequest('the request holds a character that cannot be stored'));
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500) return fault(requestError(status, error instanceof Error ? show(error.message) : ''));
  return { ...fault(new NeutronError(HTTPInternalServerError)), internal: true };
}

export function badRequest(message: string): NeutronError {
  return new NeutronError(HTTPBadRequest, { message });
}

function fault(error: NeutronError): Fault {
  return {
    status: error.status,
    headers: {},
    body: { NeutronError: { type: error.type, message: error.message, detail: error.detail } },
    internal: false,
  };
}

/** What the HTTP server itself refuses: a body too large, a content type unknown, a URL that cannot be decoded. */
function requestError(status: number, message: string): NeutronError {
  const kinds: Readonly<Record<number, ErrorKind>> = { 413: HTTPRequestEntityTooLarge, 415: HTTPUnsupportedMediaType };
  const kind = kinds[status];
  if (kind === undefined) return new NeutronError({ ...HTTPBadRequest, status }, { message });
  return new NeutronError({ ...kind, message });
}
