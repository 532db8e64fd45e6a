import type { Json, JsonObject } from '../../json.ts';
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
  /** Frames may carry VLAN tags of the instances' own. Absent: they may not, and no network can ask for it. */
  readonly passesVlanTags?: boolean;
  /** Whether `host` can carry any of `segments`. Pure. Used to schedule DHCP. */
  supportsSegments?(agent: AgentView, segments: readonly NetworkSegment[]): boolean;
}

/**
 * Adds attributes to networks, subnets and ports. The methods with `tx` run inside the core resource's transaction and may
 * not block on anything else.
 */
export interface ExtensionDriver<Tx> {
  /** The API extensions that are served where this driver is loaded. */
  readonly aliases: readonly string[];
  /** Attributes that are columns of the objects' own rows: written and read with them, by no statement more. */
  readonly columns?: Readonly<Partial<Record<CoreCollection, readonly AttributeColumn[]>>>;
  /**
   * Before anything is written; throws where the body may not stand. `original`: for an update, the object as it is. Pure.
   */
  check?(collection: CoreCollection, body: JsonObject, original: JsonObject | undefined): void;
  /** Attributes with `columns` that the request for a port leaves to its network. `network`: such attributes of the network. Pure. */
  completePort?(request: JsonObject, network: JsonObject): JsonObject;
  /** Whether `processCreate` and `processUpdate` have anything to do with such a body; absent: always. Pure. */
  concerns?(collection: CoreCollection, body: JsonObject): boolean;
  /** After the row exists. `request` is the validated body. */
  processCreate?(tx: Tx, collection: CoreCollection, request: JsonObject, id: string): Promise<void>;
  processUpdate?(tx: Tx, collection: CoreCollection, changes: JsonObject, id: string): Promise<void>;
  /** Attributes of many objects at once (one query): id → attributes. */
  extend?(tx: Tx, collection: CoreCollection, ids: readonly string[]): Promise<ReadonlyMap<string, JsonObject>>;
  /** Attributes that follow from the others and from the configuration. Pure. */
  derive?(collection: CoreCollection, view: JsonObject): JsonObject;
}
export type CoreCollection = 'networks' | 'subnets' | 'ports';

/** How an attribute lies in a column. */
export interface AttributeColumn {
  readonly attribute: string;
  readonly column: string;
  toColumn(value: Json): string | number | null;
  toAttribute(stored: unknown): Json;
}
