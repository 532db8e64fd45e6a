import type { ServerConfig } from '../conf/sections.ts';
import type { Login, LoginScope, Named } from './login.ts';
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
  readonly connection?: IdentityConnection;
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

export interface IdentityConnection {
  /** Accepts any certificate. */
  readonly insecure?: boolean;
  /** File of PEM certificates to trust instead of the system's. */
  readonly cafile?: string;
  /** Files of a certificate of this server's own and of its key. */
  readonly certfile?: string;
  readonly keyfile?: string;
  /** How long a whole reply may take. Default 10. */
  readonly timeoutSeconds?: number;
  /** How often a connection that could not be made is tried again. Default 3. */
  readonly retries?: number;
}

type Options = ServerConfig['keystone_authtoken'];

/** Throws Error naming the options that are missing or cannot work. */
export function keystoneSettings(options: Options): KeystoneSettings {
  const missing: string[] = [];
  const authUrl = options.auth_url ?? urlOfFragments(options);
  require(missing, { auth_url: authUrl });
  const login = loginOf(options, missing);
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

/** auth_host and its like, which came before auth_url. */
function urlOfFragments({ auth_host: host, auth_port: port, auth_protocol: protocol, auth_admin_prefix: prefix }: Options): string | null {
  if (host === null) return null;
  const path = prefix.replace(/^\/+|\/+$/g, '');
  return `${protocol}://${host.includes(':') ? `[${host}]` : host}:${port}${path === '' ? '' : `/${path}`}`;
}

function loginOf(options: Options, missing: string[]): Login {
  switch (options.auth_type) {
    case null:
    case 'password':
    case 'v3password': {
      if (options.admin_token !== null && options.password === null) return { method: 'admin_token', token: options.admin_token };
      require(missing, { username: options.username ?? options.user_id, password: options.password });
      return { method: 'password', user: userOf(options), password: options.password ?? '', scope: scopeOf(options, missing) };
    }
    case 'v3applicationcredential': {
      const { application_credential_id: id, application_credential_name: name, application_credential_secret: secret } = options;
      require(missing, { application_credential_id: id ?? name, application_credential_secret: secret });
      const hasUser = options.username !== null || options.user_id !== null;
      if (id === null && !hasUser) require(missing, { username: null });
      return { method: 'application_credential', credential: { ...given('id', id), ...given('name', name) }, ...(hasUser && { user: userOf(options) }), secret: secret ?? '' };
    }
    case 'token':
    case 'v3token':
      require(missing, { token: options.token });
      return { method: 'token', token: options.token ?? '', scope: scopeOf(options, missing) };
    case 'admin_token':
      require(missing, { token: options.token });
      return { method: 'admin_token', token: options.token ?? '' };
  }
}

function userOf(options: Options): Named {
  return {
    ...given('id', options.user_id),
    ...given('name', options.username),
    ...given('domainId', options.user_domain_id ?? options.default_domain_id),
    ...given('domainName', options.user_domain_name ?? options.default_domain_name),
  };
}

function scopeOf(options: Options, missing: string[]): LoginScope {
  if (options.system_scope !== null) return { system: 'all' };
  const { project_id: id, project_name: name, domain_id: domainId, domain_name: domainName } = options;
  if (id === null && name === null && (domainId !== null || domainName !== null)) return { domain: { ...given('id', domainId), ...given('name', domainName) } };
  require(missing, { project_name: id ?? name });
  return {
    project: {
      ...given('id', id),
      ...given('name', name),
      ...given('domainId', options.project_domain_id ?? options.default_domain_id),
      ...given('domainName', options.project_domain_name ?? options.default_domain_name),
    },
  };
}

function memcachedOf(options: Options, missing: string[]): MemcachedSettings {
  const { memcache_security_strategy: strategy, memcache_secret_key: secret } = options;
  if (strategy !== 'None') require(missing, { memcache_secret_key: secret });
  return {
    servers: options.memcached_servers,
    strategy,
    secret: secret ?? '',
    timeoutSeconds: options.memcache_pool_socket_timeout,
    deadRetrySeconds: options.memcache_pool_dead_retry,
  };
}

function require(missing: string[], needed: Readonly<Record<string, string | null>>): void {
  missing.push(...Object.keys(needed).filter((name) => needed[name] === null));
}

function given<K extends string, V>(name: K, value: V | null): { readonly [P in K]?: V } {
  return (value === null ? {} : { [name]: value }) as { readonly [P in K]?: V };
}
