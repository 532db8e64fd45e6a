import type { JsonObject } from '@neutrino/lib/json';
import type { Logger } from 'pino';
import type { RequestContext } from '../context.ts';
import type { PolicyEngine } from '../policy/policy-engine.ts';
import { accessRulesAllow, type RequestLine } from './access-rules.ts';
import { type Authenticator, headerValue, identityUnavailable, unauthorized, type RequestIds } from './authenticator.ts';
import { callerFromToken, expiryOf, rolesOf, type Caller } from './caller.ts';
import { openJsonHttp } from './json-http.ts';
import { identityBaseUrl } from './identity-base-url.ts';
import type { KeystoneSettings } from './keystone-settings.ts';
import { openMemcachedTokens } from './memcached-tokens.ts';
import { createTokenValidator, type TokenData } from './token-validator.ts';

/** Longer ones are no tokens, and would not fit Keystone's headers. */
const MAX_TOKEN_LENGTH = 8192;

export interface KeystoneAuthenticator extends Disposable {
  readonly authenticate: Authenticator;
}

/**
 * `auth_strategy = keystone`: X-Auth-Token, checked with Keystone v3. 401 where the token is missing, unknown
 * or expired; 503 while Keystone is away or refuses this server. A service that sends its own token too, as
 * X-Service-Token, may go on for a user whose token expired during the work, as long as Keystone allows.
 * No other header says who asks. Throws where the settings cannot work.
 */
export function createKeystoneAuthenticator(options: { readonly settings: KeystoneSettings; readonly policy: PolicyEngine; readonly log: Logger }): KeystoneAuthenticator {
  const { settings, policy, log } = options;
  using started = new DisposableStack();
  const base = identityBaseUrl(settings.authUrl);
  const identityUri = settings.wwwAuthenticateUri ?? base;
  const http = started.use(openJsonHttp(base, settings.connection));
  const shared = settings.memcached === undefined ? undefined : started.use(openMemcachedTokens(settings.memcached, log));
  const validator = createTokenValidator({ http, settings, ...(shared !== undefined && { shared }) });
  const serviceRoles = new Set((settings.serviceTokenRoles ?? ['service']).map((role) => role.toLowerCase()));
  const callerOf = rememberCallers(policy);
  let away = false;

  /** What the token proves to be; undefined: nothing. Throws 503. */
  const validate = async (token: string, allowExpired: boolean): Promise<TokenData> => {
    try {
      const answer = await validator.validate(token, allowExpired);
      if (away) log.info({ keystone: base }, 'Keystone answers again');
      away = false;
      return answer;
    } catch (error) {
      if (!away) log.error({ keystone: base, reason: error instanceof Error ? error.message : String(error) }, 'tokens cannot be validated');
      away = true;
      throw identityUnavailable();
    }
  };
  const isAccepted = (token: JsonObject): boolean => settings.ignoreTokenBind === true || token['bind'] === undefined;
  /** Throws 401 where what the service sends is not good. */
  const serviceOf = async (serviceToken: string): Promise<Service> => {
    const token = isToken(serviceToken) ? await validate(serviceToken, false) : undefined;
    if (token === undefined || !isAccepted(token) || !(expiryOf(token) > Date.now())) throw unauthorized(identityUri);
    const hasRole = rolesOf(token).some((role) => serviceRoles.has(role.toLowerCase()));
    if (!hasRole && settings.serviceTokenRolesRequired === true) throw unauthorized(identityUri);
    return { token, hasRole };
  };
  const contextOf = (token: TokenData, ids: RequestIds, line: RequestLine, service?: Service): RequestContext => {
    const caller = token === undefined || !isAccepted(token) ? undefined : callerOf(token, service?.token);
    if (token === undefined || caller === undefined) throw unauthorized(identityUri);
    // What a service asks for on the way is not what the user asked for. A token that is no service's, which anybody has, proves nothing.
    const mayAsk = (service?.hasRole === true && settings.serviceType !== undefined) || accessRulesAllow(token, settings.serviceType, line);
    if (!mayAsk) throw unauthorized(identityUri);
    return Object.freeze({ ...caller, ...ids });
  };
  const slowly = async (token: string, serviceToken: string | undefined, ids: RequestIds, line: RequestLine): Promise<RequestContext> => {
    const service = serviceToken === undefined ? undefined : await serviceOf(serviceToken);
    const allowExpired = service?.hasRole === true;
    const data = await validate(token, allowExpired);
    if (data !== undefined && !allowExpired && !(expiryOf(data) > Date.now())) throw unauthorized(identityUri);
    return contextOf(data, ids, line, service);
  };

  const owned = started.move();
  return {
    async authenticate(headers, ids, line = { method: '', path: '' }) {
      const token = (headerValue(headers, 'x-auth-token') ?? headerValue(headers, 'x-storage-token'))?.trim();
      const serviceToken = headerValue(headers, 'x-service-token');
      if (token === undefined || !isToken(token)) throw unauthorized(identityUri);
      const known = serviceToken === undefined ? validator.known(token) : undefined;
      return known === undefined ? slowly(token, serviceToken, ids, line) : contextOf(known.value, ids, line);
    },
    [Symbol.dispose]: () => owned[Symbol.dispose](),
  };
}

/** Who sends a request for a user. */
interface Service {
  readonly token: JsonObject;
  /** Whether it is one of those that are trusted with that. */
  readonly hasRole: boolean;
}

/** Works out who a token is for once, and again when policy changes: it says who is an admin. */
function rememberCallers(policy: PolicyEngine): (token: JsonObject, service?: JsonObject) => Caller | undefined {
  let generation = policy.generation;
  let alone = new WeakMap<JsonObject, Caller>();
  let served = new WeakMap<JsonObject, WeakMap<JsonObject, Caller>>();
  return (token, service) => {
    if (policy.generation !== generation) {
      generation = policy.generation;
      alone = new WeakMap();
      served = new WeakMap();
    }
    let callers = alone;
    if (service !== undefined) {
      callers = served.get(service) ?? new WeakMap();
      served.set(service, callers);
    }
    const known = callers.get(token);
    if (known !== undefined) return known;
    const caller = callerFromToken(policy, token, service);
    if (caller !== undefined) callers.set(token, caller);
    return caller;
  };
}

function isToken(text: string): boolean {
  return text.length <= MAX_TOKEN_LENGTH && /^[\x21-\x7e]+$/.test(text);
}
