import { readFileSync } from 'node:fs';
import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import { isIp } from '@neutrino/lib/net/ip';
import type { ConnectionOptions, SslOptions } from 'mysql2';
import { isYes, parseConnectionUrl } from '../connection-url.ts';

/** PyMySQL's options that change nothing here: text is UTF-8 in any case. */
const WITHOUT_EFFECT = new Set(['charset', 'use_unicode', 'binary_prefix', 'local_infile', 'autocommit']);
const KNOWN = new Set(['unix_socket', 'connect_timeout', 'ssl', 'ssl_ca', 'ssl_cert', 'ssl_key', 'ssl_check_hostname', 'ssl_verify_cert', 'ssl_verify_identity']);

/** Statements that a connection keeps prepared; a server has 16,382 of them for all of its connections. */
const preparedStatements = 200;

/** mysql2's options for a URL with PyMySQL's query options, and a warning for each of those that has no meaning here. */
export function connectionOptions(connection: string): { readonly options: ConnectionOptions; readonly warnings: readonly string[] } {
  const { user, password, host = 'localhost', port = 3306, database, options: query } = parseConnectionUrl(connection);
  if (database === undefined) throw new CannotStart('[database] connection: the URL names no database');
  const socketPath = query.get('unix_socket');
  const asked = sslOptions(query);
  // mysql2 compares names only, and takes an address for "localhost".
  const isUnnamed = asked?.verifyIdentity === true && isIp(host);
  const ssl = asked !== undefined && isUnnamed ? { ...asked, verifyIdentity: false } : asked;
  const timeout = Number(query.get('connect_timeout') ?? 10);
  return {
    options: {
      ...(socketPath === undefined ? { host, port } : { socketPath }),
      ...(user !== undefined && { user }),
      ...(password !== undefined && { password }),
      database,
      ...(ssl !== undefined && { ssl }),
      charset: 'utf8mb4_bin',
      multipleStatements: true,
      timezone: 'Z',
      connectTimeout: (timeout > 0 ? timeout : 10) * 1000,
      maxPreparedStatements: preparedStatements,
    },
    warnings: [
      ...(isUnnamed ? [`[database] connection: the URL has an address, so the server's certificate is checked, but not whose it is; a host name lets both be checked`] : []),
      ...[...query.keys()].filter((name) => !KNOWN.has(name) && !WITHOUT_EFFECT.has(name)).map((name) => `[database] connection: the option ${name} of the URL has no effect`),
    ],
  };
}

/** As PyMySQL reads them: with a CA the server's certificate and name are checked, with a certificate of one's own alone they are not. */
function sslOptions(query: ReadonlyMap<string, string>): SslOptions | undefined {
  const ca = query.get('ssl_ca');
  const cert = query.get('ssl_cert');
  const key = query.get('ssl_key');
  if (ca === undefined && cert === undefined && key === undefined && !isYes(query.get('ssl') ?? '')) return undefined;
  const verifies = ca !== undefined && isYes(query.get('ssl_verify_cert') ?? 'yes');
  return {
    ...(ca !== undefined && { ca: pem('ssl_ca', ca) }),
    ...(cert !== undefined && { cert: pem('ssl_cert', cert) }),
    ...(key !== undefined && { key: pem('ssl_key', key) }),
    rejectUnauthorized: verifies,
    verifyIdentity: verifies && isYes(query.get('ssl_verify_identity') ?? query.get('ssl_check_hostname') ?? 'yes'),
  };
}

function pem(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CannotStart(`[database] connection: ${option}: cannot read ${path}`, { cause });
  }
}
