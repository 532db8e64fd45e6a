import type { JsonObject } from '@neutrino/lib/json';
import type { Logger } from 'pino';
import type { ResourceHandler } from '../../api/resource-handler.ts';
import type { RequestContext } from '../../context.ts';
import type { Db } from '../../db/types.ts';
import type { CorePlugin } from '../../plugins/ml2/core-plugin.ts';

/** What networks for projects that say no more are made with. Every verb of this folder takes it first. */
export interface Allocation {
  readonly db: Db;
  readonly core: Pick<CorePlugin, 'networks' | 'subnets' | 'subnetpools'>;
  readonly routers: ResourceHandler;
  /** What a request that gives these attributes comes to, with the defaults of all others. */
  readonly bodyOf: (collection: string, context: RequestContext, attributes: JsonObject) => JsonObject;
  readonly log: Logger;
}

/** What was made for a project; while it is being made, as far as it is there. */
export interface Topology {
  readonly networkId?: string;
  readonly routerId?: string;
  readonly subnetIds: readonly string[];
}
