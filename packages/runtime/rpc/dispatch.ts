import type { Json, JsonObject } from '@neutrino/lib/json';
import { UnsupportedVersion, type Endpoint, type MessageContext } from '@neutrino/lib/rpc/messaging';

/** What a message asks of a listener, whichever transport brought it. */
export interface RpcRequest {
  readonly method: string;
  /** "major.minor"; oslo.messaging reads an absent one as 1.0. */
  readonly version?: string;
  readonly context: MessageContext;
  readonly args: JsonObject;
}

/** Some endpoint serves the version that was asked for, but none of those has the method. */
export class NoSuchMethod extends Error {
  override readonly name = 'NoSuchMethod';
}

/**
 * Runs the method on the first endpoint that serves the version and has it, as oslo.messaging's dispatcher
 * chooses. Rejects with UnsupportedVersion where no endpoint serves the version, with NoSuchMethod where
 * those that do lack the method, and with whatever the method throws.
 */
export async function dispatch(endpoints: readonly Endpoint[], request: RpcRequest): Promise<Json> {
  const version = request.version ?? '1.0';
  const compatible = endpoints.filter((endpoint) => serves(endpoint.version, version));
  if (compatible.length === 0) {
    throw new UnsupportedVersion(`Endpoint does not support RPC version ${version}. Attempted method: ${request.method}`);
  }
  for (const { methods } of compatible) {
    const method = isPublic(request.method) && Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
    if (method !== undefined) return (await method(request.context, request.args)) ?? null;
  }
  throw new NoSuchMethod(`Endpoint does not support RPC method ${request.method}`);
}

/** True where an endpoint of version `served` answers a request for `asked`: majors equal, minor not lower. */
export function serves(served: string, asked: string): boolean {
  const [servedMajor, servedMinor] = parseVersion(served);
  const [askedMajor, askedMinor] = parseVersion(asked);
  return servedMajor === askedMajor && servedMinor >= askedMinor;
}

/** NaN for what is no version: it equals nothing, so nothing serves it. */
function parseVersion(text: string): readonly [number, number] {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text);
  return match ? [Number(match[1]), Number(match[2] ?? 0)] : [Number.NaN, Number.NaN];
}

/** Peers may call only what is meant for them, also where an endpoint's methods are those of a larger object. */
function isPublic(method: string): boolean {
  return !method.startsWith('_');
}
