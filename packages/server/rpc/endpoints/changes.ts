import type { JsonObject } from '@neutrino/lib/json';
import { changesMethod, changesVersion, type ChangesAnswer, type ToldChange } from '@neutrino/lib/rpc/agent-changes';
import type { Endpoint } from '@neutrino/lib/rpc/messaging';
import { changesBetween, newestRevision, type LoggedChange } from '../../change-log/read-changes.ts';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { Db } from '../../db/types.ts';
import { invalidArgument, textArgument } from '../arguments.ts';
import { subjectsOfHost } from '../queries/subjects-of-host.ts';

export interface ChangeServices {
  readonly db: Db;
  /** Resolves when what was committed before has a number. */
  readonly numbered: () => Promise<void>;
}

/** What an agent asks that was away, or that makes sure that it has heard everything. One that has costs the reading of one row. */
export function changesEndpoint({ db, numbered }: ChangeServices): Endpoint {
  return {
    version: changesVersion,
    methods: {
      async [changesMethod](_context, args) {
        const asker = { host: textArgument(args, 'host'), agentType: textArgument(args, 'agent_type') };
        const since = sinceArgument(args);
        await numbered();
        const until = await newestRevision(db);
        if (since === until) return asJson({ revision: until, changes: [] });
        const changes = since === null ? undefined : await changesBetween(db, { since, until }, await subjectsOfHost(db, asker));
        return asJson({ revision: until, changes: changes === undefined ? null : await withServed(db, changes) });
      },
    },
  };
}

function sinceArgument(args: JsonObject): number | null {
  const since = args['since'] ?? null;
  if (since === null || (typeof since === 'number' && Number.isSafeInteger(since) && since >= 0)) return since;
  throw invalidArgument('since', 'a revision or null');
}

/** Whether a DHCP agent has got a network or lost it is said as it is now: the log only says that it changed. */
async function withServed(db: Db, changes: readonly LoggedChange[]): Promise<readonly ToldChange[]> {
  const networks = changes.flatMap(({ kind, object }) => (kind === 'served' ? [object] : []));
  const rows = await unlessEmpty(networks, (part) => db.selectFrom('network_dhcp_agent_bindings').selectAll().where(inList('network_id', part)).execute());
  const served = new Set(rows.map((row) => `${row.dhcp_agent_id} ${row.network_id}`));
  return changes.map((change) => (change.kind === 'served' ? { ...change, served: served.has(`${change.subject} ${change.object}`) } : change));
}

/** The answer describes the wire; interfaces have no index signature, which is all that differs. */
function asJson(answer: ChangesAnswer): JsonObject {
  return answer as unknown as JsonObject;
}
