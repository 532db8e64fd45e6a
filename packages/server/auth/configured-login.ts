import type { ServerConfig } from '../conf/sections.ts';
import type { Login, LoginScope, Named } from './login.ts';

/** The options of a section that says how the server logs in to Keystone. */
type LoginOptions = Pick<
  ServerConfig['keystone_authtoken'],
  | 'auth_type' | 'username' | 'user_id' | 'password' | 'user_domain_name' | 'user_domain_id' | 'project_name' | 'project_id' | 'project_domain_name' | 'project_domain_id'
  | 'default_domain_name' | 'default_domain_id' | 'domain_name' | 'domain_id' | 'system_scope'
  | 'application_credential_id' | 'application_credential_name' | 'application_credential_secret' | 'token'
> & { readonly admin_token?: string | null; readonly trust_id?: string | null };

/** Adds what is needed and not there to `missing`. */
export function configuredLogin(options: LoginOptions, missing: string[]): Login {
  switch (options.auth_type) {
    case null:
    case 'password':
    case 'v3password': {
      if (options.admin_token !== undefined && options.admin_token !== null && options.password === null) return { method: 'admin_token', token: options.admin_token };
      requireOptions(missing, { username: options.username ?? options.user_id, password: options.password });
      return { method: 'password', user: userOf(options), password: options.password ?? '', scope: scopeOf(options, missing) };
    }
    case 'v3applicationcredential': {
      const { application_credential_id: id, application_credential_name: name, application_credential_secret: secret } = options;
      requireOptions(missing, { application_credential_id: id ?? name, application_credential_secret: secret });
      const hasUser = options.username !== null || options.user_id !== null;
      if (id === null && !hasUser) requireOptions(missing, { username: null });
      return { method: 'application_credential', credential: { ...given('id', id), ...given('name', name) }, ...(hasUser && { user: userOf(options) }), secret: secret ?? '' };
    }
    case 'token':
    case 'v3token':
      requireOptions(missing, { token: options.token });
      return { method: 'token', token: options.token ?? '', scope: scopeOf(options, missing) };
    case 'admin_token':
      requireOptions(missing, { token: options.token });
      return { method: 'admin_token', token: options.token ?? '' };
  }
}

function userOf(options: LoginOptions): Named {
  return {
    ...given('id', options.user_id),
    ...given('name', options.username),
    ...given('domainId', options.user_domain_id ?? options.default_domain_id),
    ...given('domainName', options.user_domain_name ?? options.default_domain_name),
  };
}

function scopeOf(options: LoginOptions, missing: string[]): LoginScope {
  if (options.system_scope !== null) return { system: 'all' };
  if (options.trust_id !== undefined && options.trust_id !== null) return { trust: options.trust_id };
  const { project_id: id, project_name: name, domain_id: domainId, domain_name: domainName } = options;
  if (id === null && name === null && (domainId !== null || domainName !== null)) return { domain: { ...given('id', domainId), ...given('name', domainName) } };
  requireOptions(missing, { project_name: id ?? name });
  return {
    project: {
      ...given('id', id),
      ...given('name', name),
      ...given('domainId', options.project_domain_id ?? options.default_domain_id),
      ...given('domainName', options.project_domain_name ?? options.default_domain_name),
    },
  };
}

export function requireOptions(missing: string[], needed: Readonly<Record<string, string | null>>): void {
  missing.push(...Object.keys(needed).filter((name) => needed[name] === null));
}

/** The property, unless the option was not given. */
export function given<K extends string, V>(name: K, value: V | null): { readonly [P in K]?: V } {
  return (value === null ? {} : { [name]: value }) as { readonly [P in K]?: V };
}
