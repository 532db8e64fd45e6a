import type { Logger } from 'pino';
import { agentTypes } from '../../agents/agent-views.ts';
import type { Subscriber } from '../../callbacks/registry.ts';
import type { Db } from '../../db/types.ts';
import type { CorePlugin } from '../../plugins/ml2/core-plugin.ts';

interface RebindOptions {
  readonly db: Db;
  readonly core: Pick<CorePlugin, 'rebindPort'>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/** When an agent that can wire ports is new, comes back or reaches other networks, the ports it could not have are tried again. */
export function rebindPorts({ db, core, log }: RebindOptions): Subscriber {
  return async ({ resource, operation, context, current }) => {
    if (resource !== 'agent' || operation === 'delete' || current['agent_type'] !== agentTypes.linuxbridge) return;
    const host = String(current['host']);
    const failed = await db
      .selectFrom('port_bindings')
      .select('port_id')
      .where('host', '=', host)
      .where('status', '=', 'ACTIVE')
      .where('vif_type', 'in', ['unbound', 'binding_failed'])
      .execute();
    if (failed.length > 0) log.info({ host, ports: failed.length }, 'binding the ports again that waited for their agent');
    for (const { port_id } of failed) {
      try {
        await core.rebindPort(context, port_id);
      } catch (error) {
        log.warn({ err: error, port_id }, 'the port cannot be bound');
      }
    }
  };
}
