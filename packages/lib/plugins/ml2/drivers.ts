import type { JsonObject } from '../../json.ts';
import type { AgentView } from './agent-view.ts';
import type { NetworkSegment, Segment } from './segment.ts';

/**
 * The contracts of ML2's drivers. A driver is one file implementing one of them, plus one line in
 * `server/plugins/ml2/drivers/registry.ts`. `Tx` is the database transaction of the caller.
 */

/**
 * Allocates and checks the segments of one network type. The plugin stores what it returns; `claim` of a
 * stored segment is unique in the database, so a driver that hands out a segment another transaction is just
 * taking is asked again, and nothing has to be given back: the claim goes with the network.
 */
export interface TypeDriver<Tx> {
  readonly networkType: string;
  /** Throws InvalidInput where a provider segment asked for is not of this type's form. Pure. */
  validateProviderSegment(segment: Segment): void;
  /**
   * In the creating transaction: the segment asked for, completed where it leaves the id to us. Throws
   * VlanIdInUse, TunnelIdInUse or FlatNetworkInUse where taken, NoNetworkAvailable where none is left.
   */
  reserveProviderSegment(tx: Tx, segment: Segment): Promise<Segment>;
  /** In the creating transaction: any free segment, or undefined where none is left. */
  allocateTenantSegment(tx: Tx): Promise<Segment | undefined>;
  /** What of the wire the segment occupies ("vlan:physnet1:100"), or null where it shares nothing. Pure. */
  claim(segment: Segment): string | null;
  /** The largest MTU an instance can use on such a segment, in bytes. Pure. */
  mtu(physicalNetwork: string | null): number;
}

/** What a mechanism driver is told about a port whose binding is sought. */
export interface PortContext {
  readonly port: JsonObject;
  readonly network: JsonObject;
  readonly host: string;
  readonly vnicType: string;
  readonly profile: JsonObject;
  readonly segmentsToBind: readonly NetworkSegment[];
  /** Agents of that host, alive or not. */
  agents(agentType: string): readonly AgentView[];
}

export interface BindingResult {
  readonly segment: NetworkSegment;
  readonly vifType: string;
  readonly vifDetails: JsonObject;
  /** Status of the port when bound by this: DOWN until the agent wires it, or ACTIVE where nothing remains to be done. */
  readonly status: 'ACTIVE' | 'DOWN';
}

/** Binds ports to a host's virtual switch. */
export interface MechanismDriver {
  readonly name: string;
  /** Pure and non-blocking: called outside any transaction, its result committed by the plugin if the port has not changed. */
  bindPort(context: PortContext): BindingResult | undefined;
  /** Whether `host` can carry any of `segments`. Pure. Used to schedule DHCP. */
  supportsSegments?(agent: AgentView, segments: readonly NetworkSegment[]): boolean;
}

/** Adds attributes to networks, subnets and ports. Every method runs inside the core resource's transaction and may not block on anything else. */
export interface ExtensionDriver<Tx> {
  readonly alias: string;
  /** After the row exists. `request` is the validated body. */
  processCreate?(tx: Tx, collection: CoreCollection, request: JsonObject, id: string): Promise<void>;
  processUpdate?(tx: Tx, collection: CoreCollection, changes: JsonObject, id: string): Promise<void>;
  /** Attributes of many objects at once (one query): id → attributes. */
  extend?(tx: Tx, collection: CoreCollection, ids: readonly string[]): Promise<ReadonlyMap<string, JsonObject>>;
}
export type CoreCollection = 'networks' | 'subnets' | 'ports';
