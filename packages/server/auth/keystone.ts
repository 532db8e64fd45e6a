import type { JsonObject } from '@neutrino/lib/json';
import type { Logger } from 'pino';
import type { PolicyEngine } from '../policy/policy-engine.ts';
import { type Authenticator, headerValue, identityUnavailable, unauthorized } from './authenticator.ts';
import { openIdentityHttp } from './identity-http.ts';
import { identityBaseUrl, type KeystoneSettings } from './keystone-settings.ts';
import { contextFromToken, expiryOf, rolesOf } from './token-context.ts';
import { createTokenValidator } from './token-validator.ts';

/** Longer ones are no tokens, and would not fit Keystone's headers. */
const MAX_TOKEN_LENGTH = 8192;

export interface KeystoneAuthenticator extends Disposable {
  readonly authenticate: Authenticator;
}

/**
 * `auth_strategy = keystone`: X-Auth-Token, checked with Keystone v3. 401 where the token is missing, unknown
 * or expired; 503 while Keystone is away or refuses this server. A service that sends its own token too, as
 * X-Service-Token, may go on for a user whose token expired during the work, as long as Keystone allows.
 * Throws where the settings cannot work.
 */
export function createKeystoneAuthenticator(options: { readonly settings: KeystoneSettings; readonly policy: PolicyEngine; readonly log: Logger }): KeystoneAuthenticator {
  const { settings, policy, log } = options;
  const base = identityBaseUrl(settings.authUrl);
  const identityUri = settings.wwwAuthenticateUri ?? base;
  const http = openIdentityHttp(base, settings);
  const validator = createTokenValidator(http, settings);
  const serviceRoles = new Set((settings.serviceTokenRoles ?? ['service']).map((role) => role.toLowerCase()));
  let away = false;

  /** What the token proves to be; undefined: nothing. Throws 503. */
  const validate = async (token: string, allowExpired: boolean): Promise<JsonObject | undefined> => {
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
  /** Whether a service vouches for the request. Throws 401 where what it sends is not good. */
  const vouchedFor = async (serviceToken: string | undefined): Promise<boolean> => {
    if (serviceToken === undefined) return false;
    const service = isToken(serviceToken) ? await validate(serviceToken, false) : undefined;
    if (service === undefined || !(expiryOf(service) > Date.now())) throw unauthorized(identityUri);
    const passed = rolesOf(service).some((role) => serviceRoles.has(role.toLowerCase()));
    if (!passed && settings.serviceTokenRolesRequired === true) throw unauthorized(identityUri);
    return passed;
  };

  return {
    async authenticate(headers, ids) {
      const token = headerValue(headers, 'x-auth-token');
      if (token === undefined || !isToken(token)) throw unauthorized(identityUri);
      const allowExpired = await vouchedFor(headerValue(headers, 'x-service-token'));
      const data = await validate(token, allowExpired);
      const context = data === undefined ? undefined : contextFromToken(policy, data, ids, { allowExpired });
      if (context === undefined) throw unauthorized(identityUri);
      return context;
    },
    [Symbol.dispose]: () => http[Symbol.dispose](),
  };
}

function isToken(text: string): boolean {
  return text.length <= MAX_TOKEN_LENGTH && /^[\x21-\x7e]+$/.test(text);
}
