import type { Endpoint } from '@neutrino/lib/rpc/messaging';
import { sql } from 'kysely';
import type { AgentService } from '../../agents/agent-service.ts';
import { listAll } from '../../api/resource-handler.ts';
import type { Db } from '../../db/types.ts';
import { agentFilters } from '../filters.ts';
import { agentContext, objectArgument, optionalTextArgument, textArgument } from '../arguments.ts';

/** Agents report that they live, and with what configuration. */
export function reportsEndpoint({ db, agents }: { readonly db: Db; readonly agents: AgentService }): Endpoint {
  return {
    version: '1.4',
    methods: {
      async report_state(_context, args) {
        return agents.report(objectArgument(args, 'agent_state')['agent_state'], args['time']);
      },

      async has_alive_neutron_server() {
        try {
          await sql`select 1`.execute(db);
          return true;
        } catch {
          return false;
        }
      },

      async get_agents(context, args) {
        const { is_active: isActive, ...filters } = args;
        const asked = agentFilters(isActive === undefined ? filters : { ...filters, alive: isActive });
        return agents.agents.list(agentContext(context), { ...listAll, filters: asked });
      },

      async delete_agent(_context, args) {
        if (optionalTextArgument(args, 'host') === undefined || optionalTextArgument(args, 'agent_type') === undefined) return;
        await agents.forgetAgent(textArgument(args, 'agent_type'), textArgument(args, 'host'));
      },
    },
  };
}
