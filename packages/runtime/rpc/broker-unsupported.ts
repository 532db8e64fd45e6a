import { CannotStart } from '../cmd/cannot-start.ts';

/**
 * Why a program cannot join others in this release: between programs messages go through a broker. `alone` says what
 * does without one.
 */
export function brokerUnsupported(transportUrl: string | null, alone: string): CannotStart {
  return new CannotStart(
    transportUrl === null
      ? `[DEFAULT] transport_url: must name the message broker; ${alone}`
      : `[DEFAULT] transport_url: this release cannot connect to RabbitMQ yet; ${alone}`,
  );
}

/** For agents, which are of no use on their own. */
export const AGENT_ALONE = '`neutrino up` runs this agent within one process with its server';
