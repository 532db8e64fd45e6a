import type { ServerConfig } from '../conf/sections.ts';

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
  /** Who has one of these roles may, with X-Service-Token, act for a user whose token has expired meanwhile. Default: service. */
  readonly serviceTokenRoles?: readonly string[];
  /** Refuses service tokens without such a role, rather than treating the request as one without a service token. */
  readonly serviceTokenRolesRequired?: boolean;
}

/** Throws Error naming the options that are missing. */
export function keystoneSettings(options: ServerConfig['keystone_authtoken']): KeystoneSettings {
  const { auth_url: authUrl, username, password, project_name: projectName } = options;
  if (authUrl === null || username === null || password === null || projectName === null) {
    const missing = Object.entries({ auth_url: authUrl, username, password, project_name: projectName }).filter(([, value]) => value === null);
    throw new Error(`[keystone_authtoken] lacks ${missing.map(([name]) => name).join(', ')}; without Keystone, set auth_strategy = noauth in [DEFAULT]`);
  }
  return {
    authUrl,
    username,
    password,
    projectName,
    ...(options.www_authenticate_uri !== null && { wwwAuthenticateUri: options.www_authenticate_uri }),
    ...(options.user_domain_name !== null && { userDomainName: options.user_domain_name }),
    ...(options.user_domain_id !== null && { userDomainId: options.user_domain_id }),
    ...(options.project_domain_name !== null && { projectDomainName: options.project_domain_name }),
    ...(options.project_domain_id !== null && { projectDomainId: options.project_domain_id }),
    ...(options.cafile !== null && { cafile: options.cafile }),
    insecure: options.insecure,
    tokenCacheTime: options.token_cache_time,
    serviceTokenRoles: options.service_token_roles,
    serviceTokenRolesRequired: options.service_token_roles_required,
  };
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
