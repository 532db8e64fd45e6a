import type { Json } from '@neutrino/lib/json';
import type { FastifyReply } from 'fastify';
import type { ReadyObject } from './resource-handler.ts';

/*
 * Answers put together from objects whose JSON is at hand. It is in ASCII, so that a character is a byte: nothing is parsed,
 * checked for its encoding, or written a second time.
 */

const jsonType = 'application/json; charset=utf-8';

/** `{"port": {…}}` */
export function sendReady(reply: FastifyReply, name: string, { text }: ReadyObject): FastifyReply {
  return reply.header('content-type', jsonType).send(Buffer.from(`{"${name}":${text}}`, 'latin1'));
}

/** `{"ports": […], "ports_links": […]}` */
export function sendReadyList(reply: FastifyReply, collection: string, objects: readonly ReadyObject[], links?: Json): FastifyReply {
  const list = `{"${collection}":[${objects.map(({ text }) => text).join(',')}]`;
  // URLs are percent-encoded.
  const end = links === undefined ? '}' : `,"${collection}_links":${JSON.stringify(links)}}`;
  return reply.header('content-type', jsonType).send(Buffer.from(list + end, 'latin1'));
}
