import type { Transport } from '@neutrino/lib/rpc/messaging';
import { resolveConfig } from '@neutrino/lib/conf/resolve';
import { messagingSections } from '@neutrino/runtime/conf/messaging-options';
import { openTransport } from '@neutrino/runtime/rpc/open-transport';
import { pino, type Logger } from 'pino';

export interface RabbitTransportOptions {
  /** Options of [oslo_messaging_rabbit] and [DEFAULT], by name. */
  readonly rabbit?: Readonly<Record<string, string>>;
  readonly defaults?: Readonly<Record<string, string>>;
  readonly log?: Logger;
}

/** A connection to a broker as a program of this project makes it, but quick to come back. */
export function rabbitTransport(url: string, { rabbit = {}, defaults = {}, log = pino({ level: 'silent' }) }: RabbitTransportOptions = {}): Transport {
  const given = (section: string, values: Readonly<Record<string, string>>) => Object.entries(values).map(([name, value]) => ({ section, name, value }));
  const { values } = resolveConfig(messagingSections, {
    files: [],
    overrides: [
      ...given('DEFAULT', { transport_url: url.replaceAll('$', '$$$$'), ...defaults }),
      ...given('oslo_messaging_rabbit', { kombu_reconnect_delay: '0.1', rabbit_retry_interval: '1', rabbit_retry_backoff: '0', ...rabbit }),
    ],
  });
  return openTransport({ config: values, program: 'neutrino-test', log });
}
