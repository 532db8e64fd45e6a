/** Section [keystone_authtoken], and how this server logs in to Keystone itself. */
export interface KeystoneSettings {
  /** Where Keystone is, with or without a version: http://controller:5000, http://controller/identity/v3. */
  readonly authUrl: string;
  /** What clients without a token are told; the auth URL without its version where absent. */
  readonly wwwAuthenticateUri?: string;
  readonly username: string;
  readonly password: string;
  readonly projectName: string;
  /** Domains by name or by id; the id wins. The domain "default" where neither is given. */
  readonly userDomainName?: string;
  readonly userDomainId?: string;
  readonly projectDomainName?: string;
  readonly projectDomainId?: string;
  /** Accepts any certificate. */
  readonly insecure?: boolean;
  /** File of PEM certificates to trust instead of the system's. */
  readonly cafile?: string;
  /** How long a validated token is believed, in seconds; below 1: not at all. Default 300. */
  readonly tokenCacheTime?: number;
}

/** The base without version and final slash: Keystone's v3 API is at `${base}/v3`. Throws Error naming the option. */
export function identityBaseUrl(authUrl: string): string {
  let url: URL;
  try {
    url = new URL(authUrl);
  } catch {
    throw new Error(`[keystone_authtoken] auth_url = ${authUrl} is not a URL`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`[keystone_authtoken] auth_url = ${authUrl}: only http and https are supported`);
  const path = url.pathname.replace(/\/+$/, '').replace(/\/v(?:3|2\.0)$/, '').replace(/\/+$/, '');
  return `${url.origin}${path}`;
}
