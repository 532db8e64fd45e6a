import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import type { MessageContext } from '@neutrino/lib/rpc/messaging';
import { adminContext, type RequestContext } from '../context.ts';

/*
 * Reading what an agent sent. Agents of any age and any state of health send it, so everything is checked
 * here, and what is wrong reaches the agent as InvalidInput with the name of the argument.
 */

export function textArgument(args: JsonObject, name: string): string {
  const value = args[name];
  if (typeof value !== 'string' || value === '' || value.length > 255) throw invalidArgument(name, 'a text');
  return value;
}

/** Undefined where absent or null. */
export function optionalTextArgument(args: JsonObject, name: string): string | undefined {
  return args[name] === undefined || args[name] === null ? undefined : textArgument(args, name);
}

/** An absent list is an empty one. */
export function listArgument(args: JsonObject, name: string): readonly Json[] {
  const value = args[name] ?? [];
  if (!Array.isArray(value)) throw invalidArgument(name, 'a list');
  return value;
}

export function textsArgument(args: JsonObject, name: string): readonly string[] {
  const texts = listArgument(args, name);
  if (!texts.every((text) => typeof text === 'string')) throw invalidArgument(name, 'a list of texts');
  return [...new Set(texts)];
}

export function objectArgument(args: JsonObject, name: string): JsonObject {
  const value = args[name];
  if (!isJsonObject(value)) throw invalidArgument(name, 'an object');
  return value;
}

export function invalidArgument(name: string, wanted: string): NeutronError {
  return new NeutronError(InvalidInput, { error_message: `argument ${name} must be ${wanted}` });
}

/** Agents act for the cloud: whatever project the message came from, they see every port of their host. */
export function agentContext(message: MessageContext): RequestContext {
  const id = message['request_id'];
  return typeof id === 'string' && id !== '' && id.length <= 255 ? adminContext(id) : adminContext();
}
