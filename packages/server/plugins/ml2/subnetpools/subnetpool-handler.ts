import type { ResourceHandler } from '../../../api/resource-handler.ts';
import type { Ml2 } from '../ml2.ts';
import { createPools } from './create-pool.ts';
import { deletePool } from './delete-pool.ts';
import { listPools } from './list-pools.ts';
import { onboardSubnets } from './onboard-subnets.ts';
import { addPrefixes, removePrefixes } from './pool-prefixes.ts';
import { poolView, visiblePool } from './read-pool.ts';
import { updatePool } from './update-pool.ts';

/** Subnet pools: prefixes that subnets are taken from, each at most once. */
export function createSubnetpoolHandler(ml2: Ml2): ResourceHandler {
  return {
    list: (context, query) => listPools(ml2, context, query),
    get: async (context, id) => poolView(ml2.db, context, await visiblePool(ml2.db, context, id)),
    create: (context, bodies, options) => createPools(ml2, context, bodies, options),
    update: (context, id, changes, options) => updatePool(ml2, context, id, changes, options),
    delete: (context, id, options) => deletePool(ml2, context, id, options),
    actions: {
      add_prefixes: (context, id, body) => addPrefixes(ml2, context, id, body),
      remove_prefixes: (context, id, body) => removePrefixes(ml2, context, id, body),
      onboard_network_subnets: (context, id, body) => onboardSubnets(ml2, context, id, body),
    },
  };
}
