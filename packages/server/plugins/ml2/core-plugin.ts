import type { ProvisioningEntity } from '../../provisioning/provisioning-blocks.ts';
import type { PortBindings } from './bindings/port-bindings.ts';
import type { AlongsideChanges, PortChanges } from './ports/change-ports.ts';
import type { JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../../context.ts';
import type { ResourceHandler } from '../../api/resource-handler.ts';

/** ML2 as the rest of the server knows it. */
export interface CorePlugin {
  readonly networks: ResourceHandler;
  readonly subnets: ResourceHandler;
  readonly bindings: PortBindings;
  readonly ports: ResourceHandler;
  /** Deletes, changes and creates ports in one transaction. */
  changePorts(context: RequestContext, changes: PortChanges, alongside: AlongsideChanges): Promise<void>;
  readonly subnetpools: ResourceHandler;
  readonly addressScopes: ResourceHandler;
  /**
   * Sets `status` of these ports and, where it changed, counts the revision up and publishes a port update.
   * Returns the ports that are there.
   */
  updatePortStatuses(context: RequestContext, portIds: readonly string[], status: PortStatus, report?: StatusReport): Promise<ReadonlySet<string>>;
  /** Tries to bind a port whose binding failed or that was never bound (an agent came alive). */
  rebindPort(context: RequestContext, portId: string): Promise<JsonObject>;
}
/** Where a status is reported from. */
export interface StatusReport {
  /** The report is ignored where the port is no longer bound there. */
  readonly host?: string;
  /** Who says that it has done its part; the port no longer waits for it. */
  readonly entity?: ProvisioningEntity;
}
export type PortStatus = 'ACTIVE' | 'DOWN' | 'BUILD' | 'ERROR';
