import type { JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../../../context.ts';

/**
 * The hosts on which a port of an instance is prepared: it is ACTIVE on one, and INACTIVE on those that the instance may move
 * to. Every method throws PortNotFound for a port that the context may not see, and BadRequest for one that is no instance's.
 */
export interface PortBindings {
  list(context: RequestContext, portId: string): Promise<readonly JsonObject[]>;
  /** Throws PortBindingNotFound. */
  get(context: RequestContext, portId: string, host: string): Promise<JsonObject>;
  /** Prepares the port on a host. Throws PortBindingAlreadyExists, and PortBindingError where no driver binds it there. */
  create(context: RequestContext, portId: string, body: JsonObject): Promise<JsonObject>;
  /** Throws PortBindingNotFound, PortBindingAlreadyExists, PortBindingError. */
  update(context: RequestContext, portId: string, host: string, changes: JsonObject): Promise<JsonObject>;
  /** The instance is there now: what was ACTIVE is INACTIVE and no longer bound. Throws PortBindingAlreadyActive, PortBindingNotFound, PortBindingError. */
  activate(context: RequestContext, portId: string, host: string): Promise<JsonObject>;
  /** Throws PortBindingNotFound. */
  delete(context: RequestContext, portId: string, host: string): Promise<void>;
}
