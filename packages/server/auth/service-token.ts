import type { Json, JsonObject } from '@neutrino/lib/json';
import { isJsonObject } from '@neutrino/lib/json';
import { expiryOf } from './caller.ts';
import type { JsonHttp } from './json-http.ts';
import { describeLogin, loginBody, type Login } from './login.ts';

/** Where the catalog says that a service is. */
export interface CatalogEndpoint {
  /** "identity", "compute" … */
  readonly type: string;
  readonly interface: string;
  /** Default: any. */
  readonly region?: string;
}

/** What this server itself talks to other services with. */
export interface ServiceToken {
  readonly token: string;
  /** Where the service is that the catalog was asked for, without a final slash; undefined where it was asked for none. */
  readonly base?: string;
}

export interface ServiceTokens {
  /** A token that holds for a while yet. Rejects where Keystone cannot be reached or refuses the log-in. */
  get(): Promise<ServiceToken>;
  /** Keystone refused this token: the next `get` logs in again. */
  forget(token: ServiceToken): void;
}

/** Renewed this long before it expires, so that no request carries a token that dies on the way. */
const RENEW_BEFORE_MS = 60_000;

interface ServiceLogin {
  /** The section of the configuration that says so, for messages. */
  readonly section: string;
  readonly login: Login;
  /** What to ask the catalog for. */
  readonly endpoint?: CatalogEndpoint;
}

/** `http`: opened with Keystone's base. */
export function openServiceTokens(http: JsonHttp, { section, login, endpoint }: ServiceLogin): ServiceTokens {
  let current: { readonly token: ServiceToken; readonly renewAt: number } | undefined;
  let loggingIn: Promise<ServiceToken> | undefined;
  if (login.method === 'admin_token') {
    const token = { token: login.token };
    return { get: () => Promise.resolve(token), forget: () => undefined };
  }

  const logIn = async (): Promise<ServiceToken> => {
    const reply = await http.request({ method: 'POST', path: `/v3/auth/tokens${endpoint === undefined ? '?nocatalog' : ''}`, body: loginBody(login) });
    const text = reply.headers['x-subject-token'];
    const body = isJsonObject(reply.body) && isJsonObject(reply.body['token']) ? reply.body['token'] : undefined;
    if (reply.status !== 201 || typeof text !== 'string' || body === undefined) {
      throw new Error(`Keystone answers ${reply.status} to the log-in of ${describeLogin(login)} of [${section}]`);
    }
    const token = { token: text, ...(endpoint !== undefined && { base: endpointOf(body['catalog'], endpoint) }) };
    const expiry = expiryOf(body);
    current = { token, renewAt: Number.isNaN(expiry) ? 0 : expiry - RENEW_BEFORE_MS };
    return token;
  };

  return {
    get() {
      if (current !== undefined && Date.now() < current.renewAt) return Promise.resolve(current.token);
      loggingIn ??= logIn().finally(() => {
        loggingIn = undefined;
      });
      return loggingIn;
    },
    forget(token) {
      if (current?.token.token === token.token) current = undefined;
    },
  };
}

function endpointOf(catalog: Json | undefined, { type, interface: wanted, region }: CatalogEndpoint): string {
  const endpoints = objects(catalog)
    .filter((service) => service['type'] === type)
    .flatMap((service) => objects(service['endpoints']));
  const found = endpoints.find(
    (endpoint) => endpoint['interface'] === wanted && (region === undefined || endpoint['region_id'] === region || endpoint['region'] === region),
  );
  if (typeof found?.['url'] !== 'string') throw new Error(`Keystone's catalog has no ${wanted} endpoint of the ${type} service${region === undefined ? '' : ` in the region ${region}`}`);
  return found['url'].replace(/\/+$/, '');
}

function objects(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
