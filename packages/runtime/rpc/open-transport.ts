import type { Transport } from '@neutrino/lib/rpc/messaging';
import type { Logger } from 'pino';
import { CannotStart } from '../cmd/cannot-start.ts';
import type { MessagingConfig } from '../conf/messaging-options.ts';
import { createBroker } from './transports/in-process/broker.ts';
import { connectToRabbit } from './transports/rabbit/connect-to-rabbit.ts';
import { rabbitSettings } from './transports/rabbit/settings.ts';

export interface TransportOptions {
  readonly config: MessagingConfig;
  /** How this program is called in the broker's list of connections. */
  readonly program: string;
  readonly log: Logger;
}

/** What carries a program's messages: the broker that `transport_url` names, or where it names none, nothing beyond this process. */
export function openTransport(options: TransportOptions): Transport {
  return joinedTransport(options) ?? aloneTransport(options.log);
}

/** For agents, which are of no use on their own. Throws CannotStart where no broker is named. */
export function openAgentTransport(options: TransportOptions): Transport {
  const transport = joinedTransport(options);
  if (transport === undefined) {
    throw new CannotStart('[DEFAULT] transport_url: must name the message broker; `neutrino up` runs this agent without one, together with its server');
  }
  return transport;
}

function joinedTransport({ config, program, log }: TransportOptions): Transport | undefined {
  const { transport_url: url } = config.DEFAULT;
  if (url === null) return undefined;
  return connectToRabbit(rabbitSettings({ ...config, DEFAULT: { ...config.DEFAULT, transport_url: url } }, program, log), log);
}

function aloneTransport(log: Logger): Transport {
  const broker = createBroker({ log });
  const transport = broker.connect();
  return {
    ...transport,
    async [Symbol.asyncDispose]() {
      await transport[Symbol.asyncDispose]();
      await broker[Symbol.asyncDispose]();
    },
  };
}
