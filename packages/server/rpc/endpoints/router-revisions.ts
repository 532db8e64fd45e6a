import type { Endpoint } from '@neutrino/lib/rpc/messaging';
import { routerRevisionsMethod } from '@neutrino/lib/rpc/router-revisions';
import type { L3AgentScheduler } from '../../scheduler/l3-agent-scheduler.ts';
import type { L3Plugin } from '../../services/l3/create-l3-plugin.ts';
import { textArgument } from '../arguments.ts';

/** What an L3 agent asks that makes sure that it has heard everything. */
export function routerRevisionsEndpoint({ l3, scheduler }: { readonly l3: L3Plugin; readonly scheduler: L3AgentScheduler }): Endpoint {
  return {
    version: '1.0',
    methods: {
      async [routerRevisionsMethod](_context, args) {
        const host = textArgument(args, 'host');
        // A server may have been killed before it gave a router an agent.
        await scheduler.autoSchedule(host);
        return Object.fromEntries(await l3.revisions(await scheduler.routerIdsOfHost(host)));
      },
    },
  };
}
