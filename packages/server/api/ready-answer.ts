import type { Json } from '@neutrino/lib/json';
import type { FastifyReply } from 'fastify';
import { releaseAfter } from './release-memory.ts';
import type { ReadyObject } from './resource-handler.ts';

/*
 * Answers put together from objects whose JSON is at hand. It is in ASCII, so that a character is a byte: nothing is parsed,
 * checked for its encoding, or written a second time.
 */

const jsonType = 'application/json; charset=utf-8';

/** `{"port": {…}}` */
export function sendReady(reply: FastifyReply, name: string, { json }: ReadyObject): FastifyReply {
  return reply.header('content-type', jsonType).send(joined([`{"${name}":`, json, '}']));
}

/** `{"ports": […], "ports_links": […]}` */
export function sendReadyList(reply: FastifyReply, collection: string, objects: readonly ReadyObject[], links?: Json): FastifyReply {
  const parts: (string | Buffer)[] = [`{"${collection}":[`];
  for (const { json } of objects) parts.push(json, ',');
  // The last comma, unless there is none.
  if (objects.length > 0) parts.pop();
  // URLs are percent-encoded.
  parts.push(links === undefined ? ']}' : `],"${collection}_links":${JSON.stringify(links)}}`);
  const whole = joined(parts);
  reply.raw.once('finish', () => releaseAfter(whole.length));
  return reply.header('content-type', jsonType).send(whole);
}

/** Without making one text of all of it first. */
function joined(parts: readonly (string | Buffer)[]): Buffer {
  const whole = Buffer.allocUnsafe(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) at += typeof part === 'string' ? whole.write(part, at, 'latin1') : part.copy(whole, at);
  return whole;
}
