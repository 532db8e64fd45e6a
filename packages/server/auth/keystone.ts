import type { JsonObject } from '@neutrino/lib/json';
import { isJsonObject } from '@neutrino/lib/json';
import type { Logger } from 'pino';
import type { PolicyEngine } from '../policy/policy-engine.ts';
import { type Authenticator, headerValue, identityUnavailable, unauthorized } from './authenticator.ts';
import { openIdentityHttp } from './identity-http.ts';
import { identityBaseUrl, type KeystoneSettings } from './keystone-settings.ts';
import { openServiceToken } from './service-token.ts';
import { createTokenCache } from './token-cache.ts';
import { contextFromToken, expiryOf } from './token-context.ts';

const DEFAULT_CACHE_SECONDS = 300;
/** A token that Keystone does not know is not asked about again for so long. */
const UNKNOWN_TOKEN_SECONDS = 10;
/** Longer ones are no tokens, and would not fit Keystone's headers. */
const MAX_TOKEN_LENGTH = 8192;

export interface KeystoneAuthenticator extends Disposable {
  readonly authenticate: Authenticator;
}

/**
 * `auth_strategy = keystone`: X-Auth-Token, checked with Keystone v3. 401 where the token is missing, unknown
 * or expired; 503 while Keystone is away or refuses this server. Throws where the settings cannot work.
 */
export function createKeystoneAuthenticator(options: { readonly settings: KeystoneSettings; readonly policy: PolicyEngine; readonly log: Logger }): KeystoneAuthenticator {
  const { settings, policy, log } = options;
  const base = identityBaseUrl(settings.authUrl);
  const identityUri = settings.wwwAuthenticateUri ?? base;
  const http = openIdentityHttp(base, { ...(settings.insecure !== undefined && { insecure: settings.insecure }), ...(settings.cafile !== undefined && { cafile: settings.cafile }) });
  const serviceToken = openServiceToken(http, settings);
  const cacheMs = (settings.tokenCacheTime ?? DEFAULT_CACHE_SECONDS) * 1000;
  const cache = createTokenCache<JsonObject | undefined>();
  let away = false;

  /** What Keystone says about a token; undefined: it knows no such token. */
  const ask = async (token: string, retry = true): Promise<JsonObject | undefined> => {
    const own = await serviceToken.get();
    const reply = await http.request({ method: 'GET', path: '/v3/auth/tokens?nocatalog', headers: { 'X-Auth-Token': own, 'X-Subject-Token': token } });
    if (reply.status === 404) return undefined;
    if (reply.status === 200 && isJsonObject(reply.body) && isJsonObject(reply.body['token'])) return reply.body['token'];
    if (reply.status === 401 && retry) {
      serviceToken.forget(own);
      return ask(token, false);
    }
    throw new Error(`Keystone answers ${reply.status} when the user "${settings.username}" of [keystone_authtoken] validates a token`);
  };

  const validate = async (token: string): Promise<{ readonly value: JsonObject | undefined; readonly until: number }> => {
    const value = await ask(token);
    if (away) log.info({ keystone: base }, 'Keystone answers again');
    away = false;
    if (value === undefined) return { value, until: Date.now() + Math.min(UNKNOWN_TOKEN_SECONDS * 1000, cacheMs) };
    return { value, until: Math.min(expiryOf(value), Date.now() + cacheMs) };
  };

  return {
    async authenticate(headers, ids) {
      const token = headerValue(headers, 'x-auth-token');
      if (token === undefined || token.length > MAX_TOKEN_LENGTH || !/^[\x21-\x7e]+$/.test(token)) throw unauthorized(identityUri);
      let data: JsonObject | undefined;
      try {
        data = await cache.get(token, () => validate(token));
      } catch (error) {
        if (!away) log.error({ keystone: base, reason: error instanceof Error ? error.message : String(error) }, 'tokens cannot be validated');
        away = true;
        throw identityUnavailable();
      }
      const context = data === undefined ? undefined : contextFromToken(policy, data, ids);
      if (context === undefined) throw unauthorized(identityUri);
      return context;
    },
    [Symbol.dispose]: () => http[Symbol.dispose](),
  };
}
