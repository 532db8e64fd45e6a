import type { JsonObject } from '@neutrino/lib/json';

/** How this server shows Keystone who it is. */
export type Login =
  | { readonly method: 'password'; readonly user: Named; readonly password: string; readonly scope: LoginScope }
  | { readonly method: 'application_credential'; readonly credential: Named; readonly user?: Named; readonly secret: string }
  | { readonly method: 'token'; readonly token: string; readonly scope: LoginScope }
  /** Keystone's [DEFAULT] admin_token, which is a token by itself. */
  | { readonly method: 'admin_token'; readonly token: string };

/** By id, or by name and domain. */
export interface Named {
  readonly id?: string;
  readonly name?: string;
  /** The domain `default` where neither is given; the id wins. */
  readonly domainId?: string;
  readonly domainName?: string;
}

/** What the token is to be for. */
export type LoginScope = { readonly project: Named } | { readonly domain: Named } | { readonly system: 'all' } | { readonly trust: string };

/** https://docs.openstack.org/api-ref/identity/v3/#authentication-and-token-management */
export function loginBody(login: Exclude<Login, { method: 'admin_token' }>): JsonObject {
  switch (login.method) {
    case 'password':
      return { auth: { identity: { methods: ['password'], password: { user: { ...inDomain(login.user), password: login.password } } }, scope: scope(login.scope) } };
    case 'application_credential': {
      const { credential, user, secret } = login;
      const named = credential.id === undefined ? { name: credential.name ?? '', ...(user !== undefined && { user: inDomain(user) }) } : { id: credential.id };
      return { auth: { identity: { methods: ['application_credential'], application_credential: { ...named, secret } } } };
    }
    case 'token':
      return { auth: { identity: { methods: ['token'], token: { id: login.token } }, scope: scope(login.scope) } };
  }
}

/** For logs: whose log-in it is. */
export function describeLogin(login: Login): string {
  const who = (kind: string, { id, name }: Named): string => `the ${kind} "${name ?? id}"`;
  switch (login.method) {
    case 'password':
      return `${who('user', login.user)}${'project' in login.scope ? ` in ${who('project', login.scope.project)}` : ''}`;
    case 'application_credential':
      return who('application credential', login.credential);
    case 'token':
      return 'a token';
    case 'admin_token':
      return 'admin_token';
  }
}

function inDomain({ id, name, domainId, domainName }: Named): JsonObject {
  if (id !== undefined) return { id };
  return { name: name ?? '', domain: domainId === undefined && domainName !== undefined ? { name: domainName } : { id: domainId ?? 'default' } };
}

function scope(wanted: LoginScope): JsonObject {
  if ('system' in wanted) return { system: { all: true } };
  if ('trust' in wanted) return { 'OS-TRUST:trust': { id: wanted.trust } };
  if ('project' in wanted) return { project: inDomain(wanted.project) };
  const { id, name } = wanted.domain;
  return { domain: id === undefined ? { name: name ?? '' } : { id } };
}
