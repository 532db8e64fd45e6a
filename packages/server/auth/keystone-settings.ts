import type { ServerConfig } from '../conf/sections.ts';
import { configuredLogin, given, requireOptions } from './configured-login.ts';
import type { HttpConnection } from './json-http.ts';
import type { Login } from './login.ts';
import type { MemcachedSettings } from './memcached-tokens.ts';

/** Section [keystone_authtoken], and how this server logs in to Keystone itself. */
export interface KeystoneSettings {
  /** Where Keystone is, with or without a version: http://controller:5000, http://controller/identity/v3. */
  readonly authUrl: string;
  readonly login: Login;
  /** What clients without a token are told; the auth URL without its version where absent. */
  readonly wwwAuthenticateUri?: string;
  /** Which of its endpoints Keystone is asked about tokens at; the auth URL where absent. */
  readonly endpoint?: IdentityEndpoint;
  readonly connection?: HttpConnection;
  /** How long a validated token is believed, in seconds; below 1: not at all. Default 300. */
  readonly tokenCacheTime?: number;
  readonly memcached?: MemcachedSettings;
  /** Who has one of these roles may, with X-Service-Token, act for a user whose token has expired meanwhile. Default: service. */
  readonly serviceTokenRoles?: readonly string[];
  /** Refuses service tokens without such a role, rather than treating the request as one without a service token. */
  readonly serviceTokenRolesRequired?: boolean;
  /** What this server is in the catalog: restricted application credentials name it. */
  readonly serviceType?: string;
  /** Accepts tokens that are bound to something that this server cannot see. */
  readonly ignoreTokenBind?: boolean;
}

export interface IdentityEndpoint {
  readonly interface: string;
  readonly region?: string;
}

type Options = ServerConfig['keystone_authtoken'];

/** Throws Error naming the options that are missing or cannot work. */
export function keystoneSettings(options: Options): KeystoneSettings {
  const missing: string[] = [];
  const authUrl = options.auth_url ?? urlOfFragments(options);
  requireOptions(missing, { auth_url: authUrl });
  const login = configuredLogin(options, missing);
  const memcached = options.memcached_servers.length > 0 ? memcachedOf(options, missing) : undefined;
  if (missing.length > 0) throw new Error(`[keystone_authtoken] lacks ${missing.join(', ')}; without Keystone, set auth_strategy = noauth in [DEFAULT]`);
  const bind = options.enforce_token_bind;
  if (bind !== 'disabled' && bind !== 'permissive' && bind !== 'strict') {
    throw new Error(`[keystone_authtoken] enforce_token_bind = ${bind} would refuse every token: Keystone has bound none since the Queens release`);
  }
  return {
    authUrl: authUrl ?? '',
    login,
    ...given('wwwAuthenticateUri', options.www_authenticate_uri),
    ...((options.interface !== null || options.region_name !== null) && {
      endpoint: { interface: options.interface ?? 'internal', ...given('region', options.region_name) },
    }),
    connection: {
      insecure: options.insecure,
      ...given('cafile', options.cafile),
      ...given('certfile', options.certfile),
      ...given('keyfile', options.keyfile),
      ...given('timeoutSeconds', options.http_connect_timeout),
      retries: options.http_request_max_retries,
    },
    tokenCacheTime: options.token_cache_time,
    ...(memcached !== undefined && { memcached }),
    serviceTokenRoles: options.service_token_roles,
    serviceTokenRolesRequired: options.service_token_roles_required,
    ...given('serviceType', options.service_type),
    ignoreTokenBind: bind === 'disabled',
  };
}

/** auth_host and its like, which came before auth_url. */
function urlOfFragments({ auth_host: host, auth_port: port, auth_protocol: protocol, auth_admin_prefix: prefix }: Options): string | null {
  if (host === null) return null;
  const path = prefix.replace(/^\/+|\/+$/g, '');
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}${path === '' ? '' : `/${path}`}`;
}

function memcachedOf(options: Options, missing: string[]): MemcachedSettings {
  const { memcache_security_strategy: strategy, memcache_secret_key: secret } = options;
  if (strategy !== 'None') requireOptions(missing, { memcache_secret_key: secret });
  return {
    servers: options.memcached_servers,
    strategy,
    secret: secret ?? '',
    timeoutSeconds: options.memcache_pool_socket_timeout,
    deadRetrySeconds: options.memcache_pool_dead_retry,
  };
}
