import { configuredLogin, given, requireOptions } from '../../auth/configured-login.ts';
import { identityBaseUrl } from '../../auth/identity-base-url.ts';
import type { HttpConnection } from '../../auth/json-http.ts';
import type { Login } from '../../auth/login.ts';
import type { CatalogEndpoint } from '../../auth/service-token.ts';
import type { ServerConfig } from '../../conf/sections.ts';
import type { NovaInterest } from './nova-events.ts';

/** How Nova is reached. */
export interface NovaConnection {
  /** The section of the configuration that says so, for messages. */
  readonly section: string;
  /** Keystone's base; '' where it is not needed. */
  readonly keystone: string;
  readonly login: Login;
  /** Where Nova is, if not the catalog is to be asked. */
  readonly url?: string;
  readonly catalog: CatalogEndpoint;
  readonly http: HttpConnection;
}

export interface NovaSettings extends NovaConnection {
  readonly interest: NovaInterest;
  readonly intervalMs: number;
}

const section = 'nova';
const timeoutSeconds = 30;

/** Undefined where Nova is to be told nothing, or cannot be. Throws Error naming the options that are missing or cannot work. */
export function novaSettings({ DEFAULT, nova }: Pick<ServerConfig, 'DEFAULT' | 'nova'>): NovaSettings | undefined {
  const interest = { statusChanges: DEFAULT.notify_nova_on_port_status_changes, dataChanges: DEFAULT.notify_nova_on_port_data_changes };
  if ((!interest.statusChanges && !interest.dataChanges) || !isConfigured(nova)) return undefined;
  const missing: string[] = [];
  const login = configuredLogin(nova, missing);
  const hasCatalog = login.method !== 'admin_token';
  requireOptions(missing, hasCatalog ? { auth_url: nova.auth_url } : { endpoint: nova.endpoint });
  if (missing.length > 0) throw new Error(`[nova] lacks ${missing.join(', ')}; without Nova, set notify_nova_on_port_status_changes and notify_nova_on_port_data_changes to false in [DEFAULT]`);
  const { region_name: region, insecure, cafile, certfile, keyfile, timeout } = nova;
  return {
    section,
    keystone: hasCatalog ? identityBaseUrl(nova.auth_url ?? '', section) : '',
    login,
    ...(!hasCatalog && { url: (nova.endpoint ?? '').replace(/\/+$/, '') }),
    catalog: { type: 'compute', interface: nova.endpoint_type, ...given('region', region) },
    http: {
      insecure,
      ...given('cafile', cafile),
      ...given('certfile', certfile),
      ...given('keyfile', keyfile),
      timeoutSeconds: timeout ?? timeoutSeconds,
      retries: DEFAULT.http_retries,
    },
    interest,
    intervalMs: DEFAULT.send_events_interval * 1000,
  };
}

/** What an operator should know: instances wait in vain for a server that tells nothing. */
export function missingNova({ DEFAULT, nova }: Pick<ServerConfig, 'DEFAULT' | 'nova'>): readonly string[] {
  const isWanted = DEFAULT.notify_nova_on_port_status_changes && DEFAULT.auth_strategy !== 'noauth';
  return isWanted && !isConfigured(nova) ? ['[nova] has no auth_url: Nova is not told when ports are wired, and instances wait for that'] : [];
}

function isConfigured({ auth_url: authUrl, auth_type: authType }: ServerConfig['nova']): boolean {
  return authUrl !== null || authType !== null;
}
