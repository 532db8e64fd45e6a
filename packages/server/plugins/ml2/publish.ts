import type { JsonObject } from '@neutrino/lib/json';
import type { ResourceName } from '../../callbacks/registry.ts';
import type { RequestContext } from '../../context.ts';
import type { Ml2 } from './ml2.ts';

type CoreResource = Extract<ResourceName, 'network' | 'subnet' | 'port'>;

export async function publishCreated(ml2: Ml2, context: RequestContext, resource: CoreResource, created: readonly JsonObject[]): Promise<void> {
  for (const current of created) {
    await ml2.callbacks.publish({ resource, operation: 'create', context, id: String(current['id']), current });
  }
}

export async function publishUpdated(ml2: Ml2, context: RequestContext, resource: CoreResource, change: Change): Promise<void> {
  const { original, current } = change;
  await ml2.callbacks.publish({ resource, operation: 'update', context, id: String(current['id']), current, original });
}

export async function publishDeleted(ml2: Ml2, context: RequestContext, resource: CoreResource, deleted: readonly JsonObject[]): Promise<void> {
  for (const current of deleted) {
    await ml2.callbacks.publish({ resource, operation: 'delete', context, id: String(current['id']), current });
  }
}

/** An object before and after an update. */
export interface Change {
  readonly original: JsonObject;
  readonly current: JsonObject;
}
