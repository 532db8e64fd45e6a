import type { RequestHeaders } from '../auth/authenticator.ts';
import { headerValue } from '../auth/authenticator.ts';

/**
 * How clients reach the server, without a slash at the end: protocol, host and, before a path, what a proxy cuts off it.
 * `isBehindProxy`: what a proxy says counts; without one anybody could say it.
 */
export function clientBase(headers: RequestHeaders, isBehindProxy: boolean): string {
  const own = headerValue(headers, 'host') ?? 'localhost';
  if (!isBehindProxy) return originOf('http', own);
  const { protocol, host } = saidByProxy(headers);
  return `${originOf(protocol === 'https' ? 'https' : 'http', host === undefined || host === '' ? own : host)}${prefixOf(headers)}`;
}

interface Said {
  readonly protocol: string | undefined;
  readonly host: string | undefined;
}

/** Of several proxies the first, which the client spoke to. `Forwarded` (RFC 7239) makes the older headers void. */
function saidByProxy(headers: RequestHeaders): Said {
  const forwarded = headerValue(headers, 'forwarded');
  if (forwarded === undefined) return { protocol: first(headerValue(headers, 'x-forwarded-proto')), host: first(headerValue(headers, 'x-forwarded-host')) };
  const pairs = new Map(
    (first(forwarded) ?? '').split(';').map((pair) => {
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      return [name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, '$1')] as const;
    }),
  );
  return { protocol: pairs.get('proto'), host: pairs.get('host') };
}

function first(text: string | undefined): string | undefined {
  return text?.split(',')[0]?.trim().toLowerCase();
}

function originOf(protocol: string, host: string): string {
  const origin = `${protocol}://${host}`;
  return URL.canParse(origin) ? new URL(origin).origin : `${protocol}://localhost`;
}

function prefixOf(headers: RequestHeaders): string {
  return /^((?:\/[\w.~%-]+)+)\/*$/.exec(headerValue(headers, 'x-forwarded-prefix') ?? '')?.[1] ?? '';
}
