import type { Endpoint } from '@neutrino/lib/rpc/messaging';
import { listAll } from '../../api/resource-handler.ts';
import type { CorePlugin } from '../../plugins/ml2/core-plugin.ts';
import { agentContext } from '../arguments.ts';
import { agentFilters } from '../filters.ts';

/** The metadata agent looks up the port behind a request's network and source address. */
export function metadataEndpoint({ core }: { readonly core: CorePlugin }): Endpoint {
  return {
    version: '1.0',
    methods: {
      async get_ports(context, args) {
        return core.ports.list(agentContext(context), { ...listAll, filters: agentFilters(args['filters']) });
      },
    },
  };
}
