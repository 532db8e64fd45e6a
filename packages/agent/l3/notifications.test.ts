import { expect, test } from 'vitest';
import { l3NotificationEndpoint } from './notifications.ts';

const id = '11111111-2222-4333-8444-555555555555';

test('notifications name routers in each way that servers have', async () => {
  const heard: string[] = [];
  const { methods } = l3NotificationEndpoint({
    routersChanged: (ids) => void heard.push(`changed ${ids.join()}`),
    routerRemoved: (router) => void heard.push(`removed ${router}`),
    agentUpdated: () => void heard.push('agent'),
  });
  await methods['routers_updated']?.({}, { routers: [id] });
  await methods['routers_updated']?.({}, { routers: [{ id, name: 'r' }] });
  await methods['router_added_to_agent']?.({}, { payload: [id] });
  await methods['router_deleted']?.({}, { router_id: id });
  await methods['router_removed_from_agent']?.({}, { payload: { router_id: id } });
  await methods['agent_updated']?.({}, { payload: { admin_state_up: false } });
  expect(heard).toEqual([`changed ${id}`, `changed ${id}`, `changed ${id}`, `removed ${id}`, `removed ${id}`, 'agent']);
  expect(() => methods['router_deleted']?.({}, { router_id: '../etc' })).toThrow('UUID');
});
