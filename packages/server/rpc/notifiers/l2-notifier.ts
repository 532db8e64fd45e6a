import type { JsonObject } from '@neutrino/lib/json';
import type { Transport } from '@neutrino/lib/rpc/messaging';
import { notifierTopic, type NotifierOperation, type NotifierResource } from '@neutrino/lib/rpc/topics';
import type { Logger } from 'pino';
import type { Subscriber } from '../../callbacks/registry.ts';
import { anyChanged } from '../../change-log/changed-attributes.ts';
import { wiredNetworkAttributes } from '../../change-log/network-changes.ts';
import { wiredAttributes } from '../../change-log/port-changes.ts';
import { toMessageContext, type RequestContext } from '../../context.ts';
import type { Db } from '../../db/types.ts';
import { haPortOwner } from '../../services/l3/l3.ts';
import type { NeutronAudience } from './neutron-audience.ts';
import { portsOfDevices } from '../queries/device-ports.ts';

/**
 * Neutron's Linux bridge agent deletes every device on the bridge of a network that goes, that of the host's DHCP server too. Neutron's
 * DHCP agent is told at the same time, and never gets over it when its device is taken from under it: it is given the time to go first.
 */
const dhcpGoesFirstMs = 3_000;

export interface L2Notifier extends Disposable {
  readonly subscriber: Subscriber;
}

interface L2NotifierOptions {
  readonly db: Db;
  readonly transport: Transport;
  readonly audience: Pick<NeutronAudience, 'hasDhcpAgents'>;
  readonly log: Pick<Logger, 'error'>;
}

/** Tells every Linux bridge agent of changes to ports and networks. A new port needs no word: its device appears. Disposing it says what is yet to be said. */
export function l2Notifier({ db, transport, audience, log }: L2NotifierOptions): L2Notifier {
  const gone = new Map<NodeJS.Timeout, () => void>();
  const fanout = (context: RequestContext, to: Fanout, args: JsonObject): Promise<void> => {
    const target = { topic: notifierTopic(to.resource, to.operation), fanout: true, version: to.version ?? '1.0' };
    return transport.cast(toMessageContext(context), target, `${to.resource}_${to.operation}`, args);
  };

  const portUpdated = async (context: RequestContext, port: JsonObject): Promise<void> => {
    const id = String(port['id']);
    const segment = (await portsOfDevices(db, [id])).get(id)?.segment;
    // Not bound to a wire: there is nothing that an agent could have of it.
    if (segment === undefined || segment === null) return;
    await fanout(context, { resource: 'port', operation: 'update' }, { port, ...segment });
  };

  const networkGone = async (context: RequestContext, id: string): Promise<void> => {
    const tell = (): Promise<void> => fanout(context, { resource: 'network', operation: 'delete' }, { network_id: id });
    if (!(await audience.hasDhcpAgents())) return tell();
    const tellLater = (): void => void tell().catch((error: unknown) => log.error({ err: error, network_id: id }, 'Linux bridge agents cannot be told of a network that is gone'));
    const timer = setTimeout(() => {
      gone.delete(timer);
      tellLater();
    }, dhcpGoesFirstMs);
    gone.set(timer, tellLater);
  };

  const subscriber: Subscriber = async ({ resource, operation, context, id, current, original }) => {
    if (resource === 'port' && operation === 'delete') await fanout(context, { resource, operation }, { port_id: id });
    if (resource === 'port' && operation === 'update' && (anyChanged(original, current, wiredAttributes) || isToBeWiredAgain(current, original))) await portUpdated(context, current);
    if (resource === 'port_binding') {
      const { port_id, network_id, host: left } = original ?? {};
      if (left !== null && left !== '') await fanout(context, { resource: 'binding', operation: 'deactivate', version: '1.5' }, { port_id, host: left, network_id });
      await fanout(context, { resource: 'binding', operation: 'activate', version: '1.5' }, { port_id, host: current['host'] });
    }
    if (resource === 'network' && operation === 'delete') await networkGone(context, id);
    if (resource === 'network' && operation === 'update' && anyChanged(original, current, wiredNetworkAttributes)) {
      await fanout(context, { resource, operation, version: '1.4' }, { network: current });
    }
  };
  return {
    subscriber,
    [Symbol.dispose]() {
      for (const [timer, tell] of gone) {
        clearTimeout(timer);
        tell();
      }
      gone.clear();
    },
  };
}

interface Fanout {
  readonly resource: NotifierResource;
  readonly operation: NotifierOperation;
  readonly version?: string;
}

/** The agent of a router asked for it: it needs to hear anew that the port is wired. */
function isToBeWiredAgain(current: JsonObject, original: JsonObject | undefined): boolean {
  return current['device_owner'] === haPortOwner && current['status'] === 'DOWN' && original?.['status'] === 'ACTIVE';
}
