import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { NovaEvent } from './nova-events.ts';

/** What became of a request that tells Nova of events. */
export type Delivery =
  /** Nova has them. `refused`: those that it has no use for. */
  | { readonly outcome: 'taken'; readonly refused: readonly NovaEvent[] }
  /** Something in this request is wrong, and will be when it is repeated. */
  | { readonly outcome: 'bad-request'; readonly reason: string }
  /** Nova or Keystone cannot be reached, or not worked with at the moment. */
  | { readonly outcome: 'away'; readonly reason: string };

/** Counts events by what became of them. */
export type CountEvents = (outcome: 'sent' | 'refused' | 'lost', events: readonly NovaEvent[]) => void;

export interface EventSenderOptions {
  /** Never rejects. */
  readonly deliver: (events: readonly NovaEvent[]) => Promise<Delivery>;
  readonly log: Logger;
  readonly count: CountEvents;
  /** `[DEFAULT] send_events_interval`: between requests, unless an event is urgent. */
  readonly intervalMs: number;
  /** Events that wait while Nova is away; more than that push out the oldest. */
  readonly capacity?: number;
  /** How long disposal waits for Nova to take what is left. */
  readonly drainMs?: number;
}

/** Keeps events until Nova has them. Disposing it sends what waits, as long as Nova takes it. */
export interface EventSender extends AsyncDisposable {
  queue(event: NovaEvent): void;
  /** Events that Nova does not have yet. */
  waiting(): number;
}

/** Nova takes requests of at most 112 KiB unless configured otherwise. An event has about 170 bytes. */
const mostInRequest = 200;
const firstPauseMs = 200;
/** An instance may be waiting for what is in the queue. */
const longestPauseMs = 3000;
/** Nova waits for these, and an instance with it. */
const urgent: ReadonlySet<NovaEvent['name']> = new Set(['network-vif-plugged', 'network-vif-unplugged']);

/**
 * INVARIANTS
 * - One request is under way at a time, and events go in the order in which they came: a port that was wired, unwired and
 *   wired again is told so.
 * - The first event after a quiet time goes at once, and so does whatever Nova waits for. Other events wait until the interval
 *   after the last request is over. What comes during a request goes with the next one.
 * - An event leaves the queue when Nova took or refused it, or when it is pushed out, which is logged and counted.
 */
export function createEventSender({ deliver, log, count, intervalMs, capacity = 10_000, drainMs = 5000 }: EventSenderOptions): EventSender {
  /** By what they say, so that one "network-changed" of a port waits, not many: Nova looks for itself what has changed. */
  const pending = new Map<string, NovaEvent>();
  const stopping = new AbortController();
  let serial = 0;
  let underWay = 0;
  let nextAt = 0;
  let deadline = Infinity;
  let wake = (): void => undefined;
  let running: Promise<void> | undefined;
  let awaySince: number | undefined;
  let pushedOut = 0;

  const hasUrgent = (): boolean => [...pending.values()].some(({ name }) => urgent.has(name));

  /** Until it is time for the next request, or something urgent comes. */
  const turn = async (): Promise<void> => {
    while (!stopping.signal.aborted && !hasUrgent()) {
      const wait = nextAt - performance.now();
      if (wait <= 0) return;
      const woken = new AbortController();
      wake = () => woken.abort();
      await sleep(wait, undefined, { signal: AbortSignal.any([woken.signal, stopping.signal]) }).catch(() => undefined);
    }
  };
  const take = (): readonly NovaEvent[] => {
    const batch = [...pending.entries()].slice(0, mostInRequest);
    for (const [key] of batch) pending.delete(key);
    return batch.map(([, event]) => event);
  };
  const lose = (events: readonly NovaEvent[], reason: string): void => {
    count('lost', events);
    log.error({ events, reason }, 'Nova could not be told of events');
  };
  const isBack = (): void => {
    if (awaySince === undefined) return;
    log.info({ seconds: Math.round((performance.now() - awaySince) / 1000), lost: pushedOut }, 'Nova takes events again');
    awaySince = undefined;
    pushedOut = 0;
  };

  /** Until Nova has them all. Where it does not understand a request, the half of it that it does. */
  const send = async (events: readonly NovaEvent[]): Promise<void> => {
    for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
      if (performance.now() > deadline) return lose(events, 'the server is stopped');
      const delivery = await deliver(events);
      if (delivery.outcome === 'taken') {
        isBack();
        const refused = new Set(delivery.refused);
        count('refused', delivery.refused);
        count('sent', events.filter((event) => !refused.has(event)));
        return;
      }
      if (delivery.outcome === 'bad-request') {
        isBack();
        if (events.length === 1) return lose(events, delivery.reason);
        const middle = Math.ceil(events.length / 2);
        await send(events.slice(0, middle));
        await send(events.slice(middle));
        return;
      }
      if (awaySince === undefined) log.error({ reason: delivery.reason }, 'Nova cannot be told of events; they are kept');
      awaySince ??= performance.now();
      await sleep(pause, undefined, { signal: stopping.signal }).catch(() => sleep(firstPauseMs));
    }
  };
  const run = async (): Promise<void> => {
    while (pending.size > 0) {
      await turn();
      const batch = take();
      underWay = batch.length;
      await send(batch);
      underWay = 0;
      nextAt = performance.now() + intervalMs;
    }
    running = undefined;
  };

  return {
    queue(event) {
      const key = event.name === 'network-changed' ? `${event.server_uuid} ${event.tag}` : String((serial += 1));
      if (pending.has(key)) return;
      pending.set(key, event);
      const [oldest] = pending;
      if (pending.size > capacity && oldest !== undefined) {
        pending.delete(oldest[0]);
        count('lost', [oldest[1]]);
        pushedOut += 1;
        if (pushedOut === 1) log.error({ waiting: capacity }, 'too many events wait for Nova; the oldest are forgotten');
      }
      if (urgent.has(event.name)) wake();
      running ??= run();
    },
    waiting: () => pending.size + underWay,
    async [Symbol.asyncDispose]() {
      deadline = performance.now() + drainMs;
      stopping.abort();
      const drained = new AbortController();
      const late = sleep(drainMs, undefined, { signal: drained.signal }).catch(() => undefined);
      await Promise.race([running, late]);
      drained.abort();
    },
  };
}
