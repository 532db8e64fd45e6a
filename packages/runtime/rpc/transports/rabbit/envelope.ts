import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import type { Failure } from '../../failure.ts';
import type { RpcRequest } from '../../dispatch.ts';
import { parseRemoteFailure, remoteFailure } from './remote-failure.ts';

/** Where an answer is to go, and to what. */
export interface ReplyAddress {
  readonly messageId: string;
  readonly replyQueue: string;
}

export interface IncomingRequest {
  readonly request: RpcRequest;
  /** Of oslo.messaging's name spaces; Neutron's programs use none. */
  readonly namespace: string | undefined;
  readonly uniqueId: string | undefined;
  /** Absent for a cast. */
  readonly reply: ReplyAddress | undefined;
}

export interface IncomingReply {
  readonly messageId: string;
  readonly outcome: { readonly failure: Failure } | { readonly result: Json };
  /** False for a sign of life, or where older programs announce another message that ends the answer. */
  readonly ending: boolean;
}

const VERSION = '2.0';
const CONTEXT = '_context_';

/** A request as oslo.messaging writes it: an object of text, in an envelope that names the format's version. */
export function encodeRequest({ method, args, version, context }: RpcRequest, reply?: ReplyAddress): Buffer {
  return seal({
    method,
    args,
    ...(version === undefined ? {} : { version }),
    ...(reply === undefined ? {} : { _msg_id: reply.messageId, _reply_q: reply.replyQueue, _timeout: null }),
    _unique_id: hex(),
    ...Object.fromEntries(Object.entries(context).map(([key, value]) => [`${CONTEXT}${key}`, value])),
  });
}

export function encodeReply(messageId: string, outcome: IncomingReply['outcome']): Buffer {
  const [result, failure] = 'failure' in outcome ? [null, remoteFailure(outcome.failure)] : [outcome.result, null];
  return seal({ result, failure, ending: true, _msg_id: messageId, _unique_id: hex() });
}

/** Throws an Error that says what is wrong with the message, without quoting it. */
export function decodeRequest(body: unknown): IncomingRequest {
  const message = open(body);
  const { method, args = {}, version, namespace, _unique_id: uniqueId, _msg_id: messageId, _reply_q: queue } = message;
  if (typeof method !== 'string') throw new Error('it names no method');
  if (!isJsonObject(args)) throw new Error('its arguments are no object');
  const context = Object.entries(message).filter(([key]) => key.startsWith(CONTEXT)).map(([key, value]) => [key.slice(CONTEXT.length), value]);
  return {
    request: { method, args, context: Object.fromEntries(context) as JsonObject, ...(typeof version === 'string' ? { version } : {}) },
    namespace: typeof namespace === 'string' ? namespace : undefined,
    uniqueId: typeof uniqueId === 'string' ? uniqueId : undefined,
    reply: typeof messageId === 'string' && typeof queue === 'string' ? { messageId, replyQueue: queue } : undefined,
  };
}

/** Throws as `decodeRequest`. */
export function decodeReply(body: unknown): IncomingReply {
  const { result = null, failure, ending, _msg_id: messageId } = open(body);
  if (typeof messageId !== 'string') throw new Error('it does not say to what it is the answer');
  const failed = failure !== undefined && failure !== null && failure !== '';
  return { messageId, ending: ending === true, outcome: failed ? { failure: parseRemoteFailure(failure) } : { result } };
}

/** As Python's `uuid4().hex`. */
export function hex(): string {
  return crypto.randomUUID().replaceAll('-', '');
}

function seal(message: JsonObject): Buffer {
  return Buffer.from(JSON.stringify({ 'oslo.version': VERSION, 'oslo.message': JSON.stringify(message) }));
}

function open(body: unknown): JsonObject {
  const outer = object(Buffer.isBuffer(body) ? parse(body.toString()) : body);
  const { 'oslo.version': version, 'oslo.message': inner } = outer;
  // What was sent without an envelope, as the first releases did, is the message itself.
  if (version === undefined || inner === undefined) return outer;
  if (!/^2\.0(?:\.\d+)?$/.test(String(version))) throw new Error('its envelope is of a version that is not known');
  return object(parse(String(inner)));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold secrets.
    throw new Error('it is no JSON');
  }
}

function object(value: unknown): JsonObject {
  if (!isJsonObject(value)) throw new Error('it is no JSON object');
  return value;
}
