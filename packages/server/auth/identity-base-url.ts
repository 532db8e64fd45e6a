/** The base without version and final slash: Keystone's v3 API is at `${base}/v3`. Throws Error naming the option. */
export function identityBaseUrl(authUrl: string, section = 'keystone_authtoken'): string {
  let url: URL;
  try {
    url = new URL(authUrl);
  } catch {
    throw new Error(`[${section}] auth_url = ${authUrl} is not a URL`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`[${section}] auth_url = ${authUrl}: only http and https are supported`);
  const path = url.pathname.replace(/\/+$/, '').replace(/\/v(?:3|2\.0)$/, '').replace(/\/+$/, '');
  return `${url.origin}${path}`;
}
