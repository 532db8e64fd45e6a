import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import type { Target } from '@neutrino/lib/rpc/messaging';
import type { RpcRequest } from '../../dispatch.ts';
import { isFailure, type Failure } from '../../failure.ts';

/**
 * What peers and broker say to each other, one JSON object a text. Numbers identify: a listener and a
 * request are numbered by the peer, a delivery by the broker.
 */
export type PeerFrame =
  | { readonly kind: 'listen'; readonly listener: number; readonly topic: string; readonly server: string; readonly addressedOnly: boolean }
  | { readonly kind: 'unlisten'; readonly listener: number }
  | {
      readonly kind: 'send';
      readonly target: Target;
      readonly request: RpcRequest;
      /** Present where an answer is awaited, and for how many milliseconds. */
      readonly call?: { readonly id: number; readonly timeoutMs: number };
    }
  | { readonly kind: 'done'; readonly delivery: number; readonly outcome: Outcome };

export type BrokerFrame =
  | { readonly kind: 'listening' | 'unlistened'; readonly listener: number }
  | { readonly kind: 'deliver'; readonly delivery: number; readonly listener: number; readonly request: RpcRequest }
  | { readonly kind: 'reply'; readonly id: number; readonly outcome: Outcome };

/** How a request ended. `lost`: the peer that had it went away before it answered. */
export type Outcome =
  | { readonly kind: 'result'; readonly result: Json }
  | { readonly kind: 'failure'; readonly failure: Failure }
  | { readonly kind: 'lost' };

/** Reads a text that a peer sent; throws an Error that says what is wrong with it, without quoting it. */
export function parsePeerFrame(text: string): PeerFrame {
  const frame = parseFrame(text);
  switch (frame['kind']) {
    case 'listen':
      return { kind: 'listen', listener: number(frame, 'listener'), topic: string(frame, 'topic'), server: string(frame, 'server'), addressedOnly: frame['addressedOnly'] === true };
    case 'unlisten':
      return { kind: 'unlisten', listener: number(frame, 'listener') };
    case 'send': {
      const sent = { kind: 'send', target: target(object(frame, 'target')), request: request(object(frame, 'request')) } as const;
      if (frame['call'] === undefined) return sent;
      const call = object(frame, 'call');
      return { ...sent, call: { id: number(call, 'id'), timeoutMs: number(call, 'timeoutMs') } };
    }
    case 'done':
      return { kind: 'done', delivery: number(frame, 'delivery'), outcome: outcome(object(frame, 'outcome')) };
    default:
      throw new Error('its kind is unknown');
  }
}

/** Reads a text that the broker sent; throws as `parsePeerFrame`. */
export function parseBrokerFrame(text: string): BrokerFrame {
  const frame = parseFrame(text);
  switch (frame['kind']) {
    case 'listening':
    case 'unlistened':
      return { kind: frame['kind'], listener: number(frame, 'listener') };
    case 'deliver':
      return { kind: 'deliver', delivery: number(frame, 'delivery'), listener: number(frame, 'listener'), request: request(object(frame, 'request')) };
    case 'reply':
      return { kind: 'reply', id: number(frame, 'id'), outcome: outcome(object(frame, 'outcome')) };
    default:
      throw new Error('its kind is unknown');
  }
}

function parseFrame(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold secrets.
    throw new Error('it is no JSON');
  }
  if (!isJsonObject(value)) throw new Error('it is no JSON object');
  return value;
}

function target(value: JsonObject): Target {
  return {
    topic: string(value, 'topic'),
    ...(value['server'] === undefined ? {} : { server: string(value, 'server') }),
    ...(value['version'] === undefined ? {} : { version: string(value, 'version') }),
    fanout: value['fanout'] === true,
  };
}

function request(value: JsonObject): RpcRequest {
  return {
    method: string(value, 'method'),
    ...(value['version'] === undefined ? {} : { version: string(value, 'version') }),
    context: object(value, 'context'),
    args: object(value, 'args'),
  };
}

function outcome(value: JsonObject): Outcome {
  if (value['kind'] === 'result' && value['result'] !== undefined) return { kind: 'result', result: value['result'] };
  if (value['kind'] === 'failure' && isFailure(value['failure'])) return { kind: 'failure', failure: value['failure'] };
  if (value['kind'] === 'lost') return { kind: 'lost' };
  throw new Error('its outcome is malformed');
}

function number(from: JsonObject, name: string): number {
  const value = from[name];
  if (typeof value !== 'number') throw new Error(`its ${name} is no number`);
  return value;
}

function string(from: JsonObject, name: string): string {
  const value = from[name];
  if (typeof value !== 'string') throw new Error(`its ${name} is no text`);
  return value;
}

function object(from: JsonObject, name: string): JsonObject {
  const value = from[name];
  if (!isJsonObject(value)) throw new Error(`its ${name} is no object`);
  return value;
}
