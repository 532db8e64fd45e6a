import type { JsonObject } from '@neutrino/lib/json';
import { isJsonObject } from '@neutrino/lib/json';
import { expiryOf } from './caller.ts';
import { identityBaseUrl } from './identity-base-url.ts';
import type { JsonHttp } from './json-http.ts';
import type { KeystoneSettings } from './keystone-settings.ts';
import { describeLogin } from './login.ts';
import type { SharedTokens } from './memcached-tokens.ts';
import { openServiceTokens } from './service-token.ts';
import { createTokenCache, tokenKey, type Believed } from './token-cache.ts';

/** What Keystone says is under "token"; undefined: it knows no such token. */
export type TokenData = JsonObject | undefined;

export interface TokenValidator {
  /** What is known of the token already, without waiting. */
  known(token: string): Believed<TokenData> | undefined;
  /**
   * `allowExpired`: also a token that expired lately (Keystone's allow_expired_window). Rejects where Keystone cannot be
   * reached or refuses this server.
   */
  validate(token: string, allowExpired: boolean): Promise<TokenData>;
}

interface ValidatorParts {
  readonly http: JsonHttp;
  readonly settings: KeystoneSettings;
  readonly shared?: SharedTokens;
}

const DEFAULT_CACHE_SECONDS = 300;
/** A token that Keystone does not know is not asked about again for so long. */
const UNKNOWN_TOKEN_SECONDS = 10;

export function createTokenValidator({ http, settings, shared }: ValidatorParts): TokenValidator {
  const { login, endpoint } = settings;
  const serviceTokens = openServiceTokens(http, { section: 'keystone_authtoken', login, ...(endpoint !== undefined && { endpoint: { type: 'identity', ...endpoint } }) });
  const cacheMs = (settings.tokenCacheTime ?? DEFAULT_CACHE_SECONDS) * 1000;
  const current = createTokenCache<TokenData>();
  const expired = createTokenCache<TokenData>();

  const ask = async (token: string, allowExpired: boolean, retry = true): Promise<TokenData> => {
    const own = await serviceTokens.get();
    const path = `/v3/auth/tokens?nocatalog${allowExpired ? '&allow_expired=1' : ''}`;
    const headers = { 'X-Auth-Token': own.token, 'X-Subject-Token': token, 'OpenStack-Identity-Access-Rules': '1' };
    const reply = await http.request({ method: 'GET', path, headers, ...(own.base !== undefined && { base: identityBaseUrl(own.base) }) });
    if (reply.status === 404) return undefined;
    if (reply.status === 200 && isJsonObject(reply.body) && isJsonObject(reply.body['token'])) return reply.body['token'];
    if (reply.status === 401 && retry) {
      serviceTokens.forget(own);
      return ask(token, allowExpired, false);
    }
    throw new Error(`Keystone answers ${reply.status} when ${describeLogin(settings.login)} of [keystone_authtoken] validates a token`);
  };
  const askOnce = async (token: string, allowExpired: boolean): Promise<Believed<TokenData>> => {
    // The time in which a revocation may go unnoticed begins with the question, not with the answer.
    const now = Date.now();
    const value = await ask(token, allowExpired);
    if (value === undefined) return { value, until: now + Math.min(UNKNOWN_TOKEN_SECONDS * 1000, cacheMs) };
    return { value, until: allowExpired ? now + cacheMs : Math.min(expiryOf(value), now + cacheMs) };
  };
  const askShared = async (token: string): Promise<Believed<TokenData>> => {
    const before = cacheMs > 0 ? await shared?.get(token) : undefined;
    if (before !== undefined && Date.now() < before.until && before.until <= Date.now() + cacheMs) return before;
    const { value, until } = await askOnce(token, false);
    if (value !== undefined) shared?.put(token, { value, until });
    return { value, until };
  };

  return {
    known: (token) => current.peek(tokenKey(token)),
    validate(token, allowExpired) {
      const key = tokenKey(token);
      if (!allowExpired) return current.get(key, () => askShared(token));
      const known = current.peek(key)?.value;
      return known === undefined ? expired.get(key, () => askOnce(token, true)) : Promise.resolve(known);
    },
  };
}
