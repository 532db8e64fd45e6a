import { createHash, setFips } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type ConnectionOptions as TlsOptions, type SecureVersion } from 'node:tls';
import { knownOptions } from '@neutrino/lib/conf/known-options';
import type { Option } from '@neutrino/lib/conf/option';
import type { Logger } from 'pino';
import { CannotStart } from '../../../cmd/cannot-start.ts';
import { rabbitOptions, type MessagingConfig } from '../../../conf/messaging-options.ts';
import { compressions, type Compression } from './compression.ts';
import { parseTransportUrl, type BrokerAddress, type TransportUrl } from './transport-url.ts';

export type RabbitConfig = MessagingConfig['oslo_messaging_rabbit'];

export interface RabbitSettings {
  readonly brokers: readonly [BrokerAddress, ...BrokerAddress[]];
  readonly virtualHost: string;
  readonly tls: TlsOptions | undefined;
  /** The exchange of requests. */
  readonly exchange: string;
  readonly responseTimeoutMs: number;
  /** Requests of one listener that run at once. */
  readonly concurrency: number;
  readonly options: RabbitConfig;
  readonly compression: Compression | undefined;
  /** How this program is called in the broker's list of connections. */
  readonly program: string;
}

/** Works out the settings, the URL's options before the file's. Throws CannotStart for what no broker can be reached with. */
export function rabbitSettings(config: MessagingConfig & { readonly DEFAULT: { readonly transport_url: string } }, program: string, log: Pick<Logger, 'warn'>): RabbitSettings {
  const { transport_url: text, control_exchange: exchange, rpc_response_timeout: responseTimeout, executor_thread_pool_size: concurrency } = config.DEFAULT;
  const url = named('[DEFAULT] transport_url', () => parseTransportUrl(text));
  const options = named('[DEFAULT] transport_url', () => overridden(config.oslo_messaging_rabbit, url.query, log));
  if (options.rabbit_ha_queues && options.rabbit_quorum_queue) {
    throw new CannotStart('[oslo_messaging_rabbit] rabbit_quorum_queue, rabbit_ha_queues: a queue is mirrored or a quorum queue, not both');
  }
  return {
    brokers: url.brokers,
    virtualHost: url.virtualHost,
    tls: options.ssl ? tlsOptions(options, log) : undefined,
    exchange,
    responseTimeoutMs: responseTimeout * 1000,
    concurrency,
    options,
    compression: options.kombu_compression === null ? undefined : compressions[options.kombu_compression],
    program,
  };
}

function overridden(options: RabbitConfig, query: TransportUrl['query'], log: Pick<Logger, 'warn'>): RabbitConfig {
  const table: Readonly<Record<string, Option<unknown>>> = rabbitOptions;
  const known = knownOptions['oslo_messaging_rabbit'] ?? [];
  const given = [...query].flatMap(([name, text]) => {
    const option = Object.hasOwn(table, name) ? table[name] : undefined;
    if (option !== undefined) return [[name, named(name, () => option.type.parse(text))] as const];
    if (!known.includes(name)) throw new CannotStart(`there is no option ${name} in [oslo_messaging_rabbit]`);
    log.warn(`[DEFAULT] transport_url: its option ${name} is known to OpenStack, but without effect here`);
    return [];
  });
  return { ...options, ...Object.fromEntries(given) };
}

const versions: Readonly<Record<string, SecureVersion>> = { TLSv1: 'TLSv1', TLSv1_1: 'TLSv1.1', TLSv1_2: 'TLSv1.2' };

function tlsOptions(options: RabbitConfig, log: Pick<Logger, 'warn'>): TlsOptions {
  const file = (name: 'ssl_ca_file' | 'ssl_cert_file' | 'ssl_key_file'): Buffer | undefined =>
    options[name] === '' ? undefined : named(`[oslo_messaging_rabbit] ${name}`, () => readFileSync(options[name]));
  const [ca, cert, key] = [file('ssl_ca_file'), file('ssl_cert_file'), file('ssl_key_file')];
  const version = versions[options.ssl_version];
  if (options.ssl_enforce_fips_mode) named('[oslo_messaging_rabbit] ssl_enforce_fips_mode', enforceFips);
  if (ca === undefined) log.warn("[oslo_messaging_rabbit] ssl without ssl_ca_file: the broker's certificate is not checked");
  const tls: TlsOptions = {
    rejectUnauthorized: ca !== undefined,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(version === undefined ? {} : { minVersion: version, maxVersion: version }),
    // Returning nothing means that the name is right: without the option the chain of signatures alone counts.
    ...(options.ssl_enforce_hostname_verification ? {} : { checkServerIdentity: () => undefined }),
  };
  // What is no certificate, or not of that key, would otherwise be found out with each attempt to connect.
  named('[oslo_messaging_rabbit] ssl_ca_file, ssl_cert_file, ssl_key_file', () => createSecureContext(tls));
  return tls;
}

/** Throws where this machine's OpenSSL has no FIPS provider; Node itself only fails later, with everything that it should encrypt. */
function enforceFips(): void {
  setFips(true);
  try {
    createHash('sha256');
  } catch (error) {
    setFips(false);
    throw new Error('OpenSSL has no FIPS provider here', { cause: error });
  }
}

/** Runs `read`; what it throws becomes a reason not to start that begins with `name`. */
function named<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new CannotStart(`${name}: ${(error as Error).message}`, { cause: error });
  }
}
