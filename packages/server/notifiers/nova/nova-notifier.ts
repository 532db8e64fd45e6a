import type { Logger } from 'pino';
import type { Subscriber } from '../../callbacks/registry.ts';
import { createEventSender, type CountEvents, type Delivery } from './event-sender.ts';
import { openNovaClient } from './nova-client.ts';
import { eventsOfChange, instancePort, vifPlugged, type InstanceAttributes, type NovaEvent } from './nova-events.ts';
import type { NovaSettings } from './nova-settings.ts';

/** Tells Nova of what happens to the ports of its instances. Disposing it sends what waits, for a few seconds at most. */
export interface NovaNotifier extends AsyncDisposable {
  /** Only puts events into a queue: it waits for nothing and nobody. */
  readonly subscriber: Subscriber;
  /**
   * A host has wired a port that is bound to another one: an instance is on its way there, and Nova waits for this before it
   * lets the instance go on.
   */
  wiredElsewhere(port: InstanceAttributes): void;
  /** Events that Nova does not have yet. */
  waiting(): number;
}

export interface NovaObserver {
  readonly events: CountEvents;
  readonly request: (outcome: Delivery['outcome'], seconds: number) => void;
}

/** The process in which a change was made tells of it. Throws where a file of the settings cannot be read. */
export function startNovaNotifier(settings: NovaSettings, log: Logger, observe?: NovaObserver): NovaNotifier {
  const client = openNovaClient(settings, log);
  const deliver = async (events: readonly NovaEvent[]): Promise<Delivery> => {
    const begun = performance.now();
    const delivery = await client.deliver(events);
    observe?.request(delivery.outcome, (performance.now() - begun) / 1000);
    return delivery;
  };
  const sender = createEventSender({ deliver, log, count: (outcome, events) => observe?.events(outcome, events), intervalMs: settings.intervalMs });
  return {
    subscriber: (event) => eventsOfChange(event, settings.interest).forEach(sender.queue),
    wiredElsewhere(port) {
      const instance = settings.interest.statusChanges ? instancePort(port) : undefined;
      if (instance !== undefined) sender.queue(vifPlugged(instance));
    },
    waiting: sender.waiting,
    async [Symbol.asyncDispose]() {
      await sender[Symbol.asyncDispose]();
      client[Symbol.dispose]();
    },
  };
}
