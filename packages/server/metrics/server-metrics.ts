import type { NovaObserver } from '../notifiers/nova/nova-notifier.ts';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface AnsweredRequest {
  readonly method: string;
  /** The route's template, so that there are few: "/v2.0/ports/:id". */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

export interface RpcMessage {
  /** What we do: ask a peer ("call"), tell one ("cast"), or answer ("serve"). */
  readonly kind: 'call' | 'cast' | 'serve';
  readonly method: string;
  readonly seconds: number;
  readonly failed: boolean;
}

export interface AgentCount {
  readonly agentType: string;
  readonly alive: boolean;
  readonly count: number;
}

/** What one process of the server counts of itself. */
export interface ServerMetrics {
  readonly registry: Registry;
  answered(request: AnsweredRequest): void;
  message(message: RpcMessage): void;
  /** What Nova is told. */
  readonly nova: NovaObserver & {
    /** `count`: asked at each collection. */
    waiting(count: () => number): void;
  };
}

/** `agents`: asked at each collection. */
export function createServerMetrics({ agents }: { readonly agents: () => Promise<readonly AgentCount[]> }): ServerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Counter({ name: 'neutron_api_requests_total', help: 'Requests answered by the API.', labelNames: ['method', 'route', 'status'], registers });
  const duration = new Histogram({
    name: 'neutron_api_request_seconds',
    help: 'Time from a request to its answer.',
    labelNames: ['method', 'route'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  });
  const messages = new Counter({ name: 'neutron_rpc_messages_total', help: 'Messages to and from agents.', labelNames: ['kind', 'method', 'failed'], registers });
  const messageTime = new Histogram({
    name: 'neutron_rpc_message_seconds',
    help: 'Time that a message took: until its answer, until the bus had it, or until it was served.',
    labelNames: ['kind', 'method'],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60],
    registers,
  });
  // Every process knows the same agents: added up over processes they would be too many.
  new Gauge({
    name: 'neutron_agents',
    help: 'Agents by type, and whether they are alive.',
    labelNames: ['agent_type', 'alive'],
    aggregator: 'max',
    registers,
    async collect() {
      const counts = await agents();
      this.reset();
      for (const { agentType, alive, count } of counts) this.set({ agent_type: agentType, alive: String(alive) }, count);
    },
  });
  const novaEvents = new Counter({ name: 'neutron_nova_events_total', help: 'Events of ports for Nova, by what became of them: sent, refused by Nova, or lost.', labelNames: ['event', 'outcome'], registers });
  const novaRequests = new Histogram({
    name: 'neutron_nova_request_seconds',
    help: 'Time that a request with events took Nova: those that it took, that it did not understand, and that did not reach it.',
    labelNames: ['outcome'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30],
    registers,
  });
  return {
    registry,
    nova: {
      events: (outcome, events) => events.forEach(({ name }) => novaEvents.inc({ event: name, outcome })),
      request: (outcome, seconds) => novaRequests.observe({ outcome }, seconds),
      waiting: (count) =>
        void new Gauge({
          name: 'neutron_nova_events_waiting',
          help: 'Events of ports that Nova does not have yet.',
          registers,
          collect() {
            this.set(count());
          },
        }),
    },
    answered({ method, route, status, seconds }) {
      requests.inc({ method, route, status });
      duration.observe({ method, route }, seconds);
    },
    message({ kind, method, seconds, failed }) {
      messages.inc({ kind, method, failed: String(failed) });
      messageTime.observe({ kind, method }, seconds);
    },
  };
}
