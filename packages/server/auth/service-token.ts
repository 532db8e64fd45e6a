import type { JsonObject } from '@neutrino/lib/json';
import { isJsonObject } from '@neutrino/lib/json';
import type { IdentityHttp } from './identity-http.ts';
import type { KeystoneSettings } from './keystone-settings.ts';
import { expiryOf } from './token-context.ts';

/** The token with which this server itself talks to Keystone. */
export interface ServiceToken {
  /** A token that holds for a while yet. Rejects where Keystone cannot be reached or refuses the log-in. */
  get(): Promise<string>;
  /** Keystone refused this token: the next `get` logs in again. */
  forget(token: string): void;
}

/** Renewed this long before it expires, so that no request carries a token that dies on the way. */
const RENEW_BEFORE_MS = 60_000;

export function openServiceToken(http: IdentityHttp, settings: KeystoneSettings): ServiceToken {
  let current: { readonly token: string; readonly renewAt: number } | undefined;
  let login: Promise<string> | undefined;

  const logIn = async (): Promise<string> => {
    const reply = await http.request({ method: 'POST', path: '/v3/auth/tokens?nocatalog', body: loginBody(settings) });
    const token = reply.headers['x-subject-token'];
    const body = isJsonObject(reply.body) && isJsonObject(reply.body['token']) ? reply.body['token'] : undefined;
    if (reply.status !== 201 || typeof token !== 'string' || body === undefined) {
      throw new Error(`Keystone answers ${reply.status} to the log-in of the user "${settings.username}" of [keystone_authtoken] to the project "${settings.projectName}"`);
    }
    const expiry = expiryOf(body);
    current = { token, renewAt: Number.isNaN(expiry) ? 0 : expiry - RENEW_BEFORE_MS };
    return token;
  };

  return {
    get() {
      if (current !== undefined && Date.now() < current.renewAt) return Promise.resolve(current.token);
      login ??= logIn().finally(() => {
        login = undefined;
      });
      return login;
    },
    forget(token) {
      if (current?.token === token) current = undefined;
    },
  };
}

function loginBody(settings: KeystoneSettings): JsonObject {
  const user = { name: settings.username, password: settings.password, domain: domain(settings.userDomainId, settings.userDomainName) };
  const project = { name: settings.projectName, domain: domain(settings.projectDomainId, settings.projectDomainName) };
  return { auth: { identity: { methods: ['password'], password: { user } }, scope: { project } } };
}

function domain(id: string | undefined, name: string | undefined): JsonObject {
  if (id !== undefined) return { id };
  return name === undefined ? { id: 'default' } : { name };
}
