import { expect, test } from 'vitest';
import { l3NotificationEndpoint, type L3NotificationHandlers, networkNotificationEndpoint } from './notifications.ts';

const id = '11111111-2222-4333-8444-555555555555';

test('notifications name routers in each way that servers have', async () => {
  const heard: string[] = [];
  const handlers: L3NotificationHandlers = {
    routersChanged: (ids) => void heard.push(`changed ${ids.join()}`),
    routerRemoved: (router) => void heard.push(`removed ${router}`),
    networkChanged: (network) => void heard.push(`network ${network}`),
    agentUpdated: () => void heard.push('agent'),
  };
  const { methods } = l3NotificationEndpoint(handlers);
  await methods['routers_updated']?.({}, { routers: [id] });
  await methods['routers_updated']?.({}, { routers: [{ id, name: 'r' }] });
  await methods['router_added_to_agent']?.({}, { payload: [id] });
  await methods['router_deleted']?.({}, { router_id: id });
  await methods['router_removed_from_agent']?.({}, { payload: { router_id: id } });
  await methods['agent_updated']?.({}, { payload: { admin_state_up: false } });
  await networkNotificationEndpoint(handlers).methods['network_update']?.({}, { network: { id: 'n', mtu: 1400 } });
  expect(heard).toEqual([`changed ${id}`, `changed ${id}`, `changed ${id}`, `removed ${id}`, `removed ${id}`, 'agent', 'network n']);
  expect(() => methods['router_deleted']?.({}, { router_id: '../etc' })).toThrow('UUID');
});
