/** Why an agent cannot run as a program of its own in this release: it needs a message broker between itself and the server. */
export function brokerUnsupported(transportUrl: string | null): Error {
  return new Error(
    transportUrl === null
      ? '[DEFAULT] transport_url: must name the message broker; within one machine, `neutrino up` runs this agent without one'
      : '[DEFAULT] transport_url: this release cannot connect to RabbitMQ yet; `neutrino up` runs this agent without a broker',
  );
}
