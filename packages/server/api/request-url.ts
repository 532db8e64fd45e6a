import type { FastifyRequest } from 'fastify';

/** The URL as the client wrote it, for links back and for repeated parameters. */
export function requestUrl(request: FastifyRequest): URL {
  const host = request.headers.host ?? 'localhost';
  const base = URL.canParse(`${request.protocol}://${host}`) ? `${request.protocol}://${host}` : 'http://localhost';
  return new URL(request.url, base);
}
