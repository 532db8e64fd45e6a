import { isJsonObject } from '@neutrino/lib/json';
import { UnsupportedVersion } from '@neutrino/lib/rpc/messaging';
import { NoSuchMethod } from '../../dispatch.ts';
import type { Failure } from '../../failure.ts';

const dispatcher = 'oslo_messaging.rpc.dispatcher';
/** Where Python programs look for the classes of these errors; every other is one of Neutron's. */
const modules: ReadonlyMap<string, string> = new Map([
  [UnsupportedVersion.name, dispatcher],
  [NoSuchMethod.name, dispatcher],
  ...['Error', 'TypeError', 'RangeError', 'SyntaxError', 'ReferenceError'].map((name) => [name, 'builtins'] as const),
]);

/**
 * What Python's side is told of a failure: JSON in a text. The message stands in `args` too, as Neutron's own server
 * has it, which makes Python's side raise RemoteError with the class name in `exc_type`, and agents rely on that.
 */
export function remoteFailure({ type, message, module }: Failure): string {
  return JSON.stringify({ class: type, module: module ?? modules.get(type) ?? 'neutron_lib.exceptions', message, tb: [], args: [message], kwargs: {} });
}

/** Takes what can be understood: an answer that says "failed" is never read as success. */
export function parseRemoteFailure(failure: unknown): Failure {
  const told = typeof failure === 'string' ? parse(failure) : failure;
  if (!isJsonObject(told)) return { type: 'Exception', message: String(failure) };
  const { class: type, message, module } = told;
  return {
    type: typeof type === 'string' ? type : 'Exception',
    message: typeof message === 'string' ? message : '',
    ...(typeof module === 'string' ? { module } : {}),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
