import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import type { ClientConfig } from 'pg';
import { parseConnectionUrl } from '../connection-url.ts';

/** libpq's options that change nothing here: text is UTF-8 in any case. */
const WITHOUT_EFFECT = new Set(['client_encoding', 'gssencmode', 'keepalives', 'keepalives_idle', 'keepalives_interval', 'keepalives_count']);
const KNOWN = new Set(['host', 'port', 'application_name', 'connect_timeout', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey']);
const SSL_MODES = new Set(['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']);

export interface ClientConfigs {
  /** In the order in which they are tried. */
  readonly configs: readonly [ClientConfig, ...ClientConfig[]];
  /** A sentence for each option of the URL that has no meaning here. */
  readonly warnings: readonly string[];
}

/** pg's options for a URL with libpq's query options. `host` may be the folder of a Unix socket. */
export function clientConfigs(connection: string): ClientConfigs {
  const { user, password, host, port, database, options: query } = parseConnectionUrl(connection);
  if (database === undefined) throw new CannotStart('[database] connection: the URL names no database');
  const server = query.get('host') ?? host ?? 'localhost';
  const timeout = Number(query.get('connect_timeout') ?? 10);
  const config: ClientConfig = {
    host: server,
    port: port ?? Number(query.get('port') ?? 5432),
    user: user ?? 'neutron',
    password: password ?? '',
    database,
    application_name: query.get('application_name') ?? 'neutron-server',
    connectionTimeoutMillis: (timeout > 0 ? timeout : 10) * 1000,
    keepAlive: true,
    ssl: false,
  };
  const mode = query.get('sslmode') ?? 'prefer';
  if (!SSL_MODES.has(mode)) throw new CannotStart(`[database] connection: sslmode: expected one of ${[...SSL_MODES].join(', ')}, found ${mode}`);
  const warnings = [...query.keys()].filter((name) => !KNOWN.has(name) && !WITHOUT_EFFECT.has(name)).map((name) => `[database] connection: the option ${name} of the URL has no effect`);
  if (mode === 'disable' || mode === 'allow' || server.startsWith('/')) return { configs: [config], warnings };
  const secured = { ...config, ssl: tlsOptions(mode, query) };
  return { configs: mode === 'prefer' ? [secured, config] : [secured], warnings };
}

/** As libpq has it: `require` encrypts; a certificate authority, or a mode that says so, makes it check who answers. */
function tlsOptions(mode: string, query: ReadonlyMap<string, string>): ConnectionOptions {
  const rootCertificate = query.get('sslrootcert');
  const certificate = query.get('sslcert');
  const key = query.get('sslkey');
  const verifies = mode.startsWith('verify') || (mode === 'require' && rootCertificate !== undefined);
  return {
    ...(rootCertificate !== undefined && rootCertificate !== 'system' && { ca: pem('sslrootcert', rootCertificate) }),
    ...(certificate !== undefined && { cert: pem('sslcert', certificate) }),
    ...(key !== undefined && { key: pem('sslkey', key) }),
    rejectUnauthorized: verifies,
    ...(mode !== 'verify-full' && { checkServerIdentity: () => undefined }),
  };
}

function pem(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CannotStart(`[database] connection: ${option}: cannot read ${path}`, { cause });
  }
}
