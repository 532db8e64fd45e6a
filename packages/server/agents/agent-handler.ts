import { AgentNotFound } from '@neutrino/lib/exceptions/agent';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { Json, JsonObject } from '@neutrino/lib/json';
import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { ResourceHandler } from '../api/resource-handler.ts';
import type { CallbackRegistry } from '../callbacks/registry.ts';
import type { RequestContext } from '../context.ts';
import type { AgentChange } from '../change-log/agent-change.ts';
import { recordChanges } from '../change-log/record-changes.ts';
import { columnsNamed, either, listRows, type ListSource } from '../db/list-query.ts';
import { transact } from '../db/transact.ts';
import type { Db, DbOrTx, Tx } from '../db/types.ts';
import type { AgentCache } from './agent-cache.ts';
import { networkIdsOfAgent } from '../scheduler/dhcp-bindings.ts';
import { reserveDhcpPorts } from '../scheduler/reserve-dhcp-port.ts';
import { agentBody, agentTypes, aliveSince, storedObject, type AgentRow } from './agent-views.ts';
import { tunnelEndOf } from './tunnel-end.ts';

interface AgentHandlerOptions {
  readonly db: Db;
  readonly cache: AgentCache;
  readonly callbacks: CallbackRegistry;
  readonly agentDownTimeSeconds: number;
}

/** The agents that have reported: what policy lets pass sees all of them. Agents make themselves, by reporting. */
export function createAgentHandler({ db, cache, callbacks, agentDownTimeSeconds }: AgentHandlerOptions): Required<Omit<ResourceHandler, 'create' | 'actions' | 'ready'>> {
  const body = (row: AgentRow): JsonObject => agentBody(row, agentDownTimeSeconds);
  return {
    async list(_context, query) {
      const source: ListSource = { table: 'agents', columns, filters: { alive: (values) => either(values.map((value) => isAlive(value, agentDownTimeSeconds))) } };
      return (await listRows(db.selectFrom('agents').selectAll('agents'), query, source)).map(body);
    },

    async get(_context, id) {
      return body(await requireRow(db, id));
    },

    async update(context, id, changes) {
      const { before, after } = await transact(db, async (tx) => {
        const row = await requireRow(tx, id);
        const { admin_state_up: up, description } = changes;
        const set = {
          ...(typeof up === 'boolean' ? { admin_state_up: up ? (1 as const) : (0 as const) } : {}),
          ...(description === undefined ? {} : { description: typeof description === 'string' ? description : '' }),
        };
        if (Object.keys(set).length > 0) await tx.updateTable('agents').set(set).where('id', '=', id).execute();
        if (set.admin_state_up !== undefined && set.admin_state_up !== row.admin_state_up) await recordChanges(tx, [{ kind: 'agent', subject: id, object: '' }]);
        return { before: row, after: { ...row, ...set } };
      });
      cache.forget();
      const current = body(after);
      await callbacks.publish({ resource: 'agent', operation: 'update', context, id, current, original: body(before) });
      return current;
    },

    async delete(context: RequestContext, id: string) {
      const row = await transact(db, async (tx) => {
        const found = await requireRow(tx, id);
        // Its networks go to others, who take the addresses of its ports over.
        if (found.agent_type === agentTypes.dhcp) await reserveDhcpPorts(tx, await networkIdsOfAgent(tx, id), found.host);
        await recordChanges(tx, await changesBehindTunnels(tx, found));
        await tx.deleteFrom('agents').where('id', '=', id).execute();
        return found;
      });
      cache.forget();
      await callbacks.publish({ resource: 'agent', operation: 'delete', context, id, current: body(row) });
    },
  };
}

const columns: ListSource['columns'] = {
  ...columnsNamed('id', 'agent_type', 'binary', 'topic', 'host', 'admin_state_up', 'description', 'created_at', 'started_at', 'heartbeat_timestamp'),
  availability_zone: { column: 'availability_zone', nullable: true },
};

function isAlive(wanted: Json, agentDownTimeSeconds: number): RawBuilder<SqlBool> {
  const since = aliveSince(agentDownTimeSeconds);
  return wanted === true ? sql<SqlBool>`agents.heartbeat_timestamp >= ${since}` : sql<SqlBool>`agents.heartbeat_timestamp < ${since}`;
}

/** What is behind tunnels when the agent is gone: nothing any more where the end of its host was its own, nor copies of routers where they were. */
async function changesBehindTunnels(tx: Tx, { id, agent_type, host, configurations }: AgentRow): Promise<readonly AgentChange[]> {
  const copies = agent_type === agentTypes.l3 ? await tx.selectFrom('ha_router_ports').select('router_id').where('l3_agent_id', '=', id).execute() : [];
  const end = tunnelEndOf(storedObject(configurations));
  return [...copies.map(({ router_id: subject }) => ({ kind: 'copies', subject, object: '' }) as const), ...(end === undefined ? [] : [{ kind: 'end', subject: host, object: '' } as const])];
}

async function requireRow(db: DbOrTx, id: string): Promise<AgentRow> {
  const row = await db.selectFrom('agents').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new NeutronError(AgentNotFound, { id });
  return row;
}
