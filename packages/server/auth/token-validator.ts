import type { JsonObject } from '@neutrino/lib/json';
import { isJsonObject } from '@neutrino/lib/json';
import type { IdentityHttp } from './identity-http.ts';
import type { KeystoneSettings } from './keystone-settings.ts';
import { openServiceToken } from './service-token.ts';
import { createTokenCache } from './token-cache.ts';
import { expiryOf } from './token-context.ts';

export interface TokenValidator {
  /**
   * What Keystone says is under "token"; undefined: it knows no such token. `allowExpired`: also one that expired lately
   * (Keystone's allow_expired_window). Rejects where Keystone cannot be reached or refuses this server.
   */
  validate(token: string, allowExpired: boolean): Promise<JsonObject | undefined>;
}

const DEFAULT_CACHE_SECONDS = 300;
/** A token that Keystone does not know is not asked about again for so long. */
const UNKNOWN_TOKEN_SECONDS = 10;

export function createTokenValidator(http: IdentityHttp, settings: KeystoneSettings): TokenValidator {
  const serviceToken = openServiceToken(http, settings);
  const cacheMs = (settings.tokenCacheTime ?? DEFAULT_CACHE_SECONDS) * 1000;
  const current = createTokenCache<JsonObject | undefined>();
  const expired = createTokenCache<JsonObject | undefined>();

  const ask = async (token: string, allowExpired: boolean, retry = true): Promise<JsonObject | undefined> => {
    const own = await serviceToken.get();
    const path = `/v3/auth/tokens?nocatalog${allowExpired ? '&allow_expired=1' : ''}`;
    const reply = await http.request({ method: 'GET', path, headers: { 'X-Auth-Token': own, 'X-Subject-Token': token } });
    if (reply.status === 404) return undefined;
    if (reply.status === 200 && isJsonObject(reply.body) && isJsonObject(reply.body['token'])) return reply.body['token'];
    if (reply.status === 401 && retry) {
      serviceToken.forget(own);
      return ask(token, allowExpired, false);
    }
    throw new Error(`Keystone answers ${reply.status} when the user "${settings.username}" of [keystone_authtoken] validates a token`);
  };

  return {
    validate(token, allowExpired) {
      return (allowExpired ? expired : current).get(token, async () => {
        const value = await ask(token, allowExpired);
        const believed = Date.now() + (value === undefined ? Math.min(UNKNOWN_TOKEN_SECONDS * 1000, cacheMs) : cacheMs);
        return { value, until: value === undefined || allowExpired ? believed : Math.min(expiryOf(value), believed) };
      });
    },
  };
}
