import type { FastifyRequest } from 'fastify';

/** The URL as the client wrote it, for links back and for repeated parameters. A proxy that ends TLS says so. */
export function requestUrl(request: FastifyRequest): URL {
  const protocol = request.headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
  const origin = `${protocol}://${request.headers.host ?? 'localhost'}`;
  // The path may begin with two slashes, which would make it a host.
  return new URL(`${URL.canParse(origin) ? new URL(origin).origin : `${protocol}://localhost`}${request.url}`);
}

const none = new URLSearchParams();

/** The parameters of the URL. */
export function requestSearch({ url }: FastifyRequest): URLSearchParams {
  const query = url.indexOf('?');
  return query < 0 ? none : new URLSearchParams(url.slice(query + 1));
}
