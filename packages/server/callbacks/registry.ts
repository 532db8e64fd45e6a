import type { JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../context.ts';
import type { ProvisioningEntity } from '../provisioning/provisioning-blocks.ts';

/**
 * What happened, published after the commit. RPC notifiers, the DHCP scheduler and Nova's notifier
 * subscribe; the plugin knows none of them.
 */
export interface ResourceEvents {
  readonly network: JsonObject;
  readonly subnet: JsonObject;
  readonly port: JsonObject;
  /** An instance moved: `original` and `current` are {port_id, network_id, host}. */
  readonly port_binding: JsonObject;
  readonly security_group: JsonObject;
  readonly security_group_rule: JsonObject;
  readonly address_group: JsonObject;
  readonly agent: JsonObject;
  /** Also where its interfaces, its gateway or its floating IPs changed. */
  readonly router: JsonObject;
  readonly floatingip: JsonObject;
  /** With the address and the router of its floating IP. */
  readonly port_forwarding: JsonObject;
  readonly conntrack_helper: JsonObject;
}
export type ResourceName = keyof ResourceEvents;

export interface ResourceEvent {
  readonly resource: ResourceName;
  readonly operation: 'create' | 'update' | 'delete';
  readonly context: RequestContext;
  readonly id: string;
  /** As the API shows it to an admin. For a delete: as it was. */
  readonly current: JsonObject;
  /** For an update: as it was before. */
  readonly original?: JsonObject;
  /** For a port that became ACTIVE: which agent was the last to report. */
  readonly reportedBy?: ProvisioningEntity;
  /** For a router that has become of another kind: the agents that it was taken from. */
  readonly takenFrom?: readonly AgentAddress[];
}

/** Where an agent hears messages. */
export interface AgentAddress {
  readonly host: string;
  readonly topic: string;
}

export type Subscriber = (event: ResourceEvent) => Promise<void> | void;

/** A subscriber that fails is logged and harms neither the request (which is committed) nor other subscribers. */
export class CallbackRegistry {
  readonly #subscribers: Subscriber[] = [];
  readonly #onError: (error: unknown, event: ResourceEvent) => void;

  constructor(onError: (error: unknown, event: ResourceEvent) => void) {
    this.#onError = onError;
  }

  subscribe(subscriber: Subscriber): void {
    this.#subscribers.push(subscriber);
  }

  /** Calls every subscriber in order of subscription; resolves when all are done. */
  async publish(event: ResourceEvent): Promise<void> {
    for (const subscriber of this.#subscribers) {
      try {
        await subscriber(event);
      } catch (error) {
        this.#onError(error, event);
      }
    }
  }
}
