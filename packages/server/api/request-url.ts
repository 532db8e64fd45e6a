import type { FastifyRequest } from 'fastify';
import { clientBase } from './client-url.ts';
import type { ApiSettings } from './settings.ts';

/** Where links lead: see clientBase. */
export function linkBase(request: FastifyRequest, { isBehindProxy = false }: Pick<ApiSettings, 'isBehindProxy'>): string {
  return clientBase(request.headers, isBehindProxy);
}

/** The URL as the client wrote it, for links back. */
export function requestUrl(request: FastifyRequest, settings: Pick<ApiSettings, 'isBehindProxy'>): URL {
  // The path may begin with two slashes, which would make it a host.
  return new URL(`${linkBase(request, settings)}${request.url}`);
}

const none = new URLSearchParams();

/** The parameters of the URL. */
export function requestSearch({ url }: FastifyRequest): URLSearchParams {
  const query = url.indexOf('?');
  return query < 0 ? none : new URLSearchParams(url.slice(query + 1));
}
