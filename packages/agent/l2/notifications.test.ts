import { expect, test } from 'vitest';
import { notificationEndpoint } from './notifications.ts';

const id = '12345678-9abc-4def-8000-000000000000';

test('notifications name what to look at again, and malformed ones name nothing', async () => {
  const seen: unknown[] = [];
  const { methods } = notificationEndpoint('here', {
    portChanged: (device) => void seen.push(device),
    networkChanged: (network) => void seen.push(network),
    networkGone: (bridge) => void seen.push(bridge),
    groupRulesChanged: (groups) => void seen.push(['rules', ...groups]),
    groupMembersChanged: (groups) => void seen.push(['members', ...groups]),
    missed: () => void seen.push(['anything']),
  });
  const send = (method: string, args: Parameters<NonNullable<(typeof methods)[string]>>[1]): unknown => methods[method]?.({}, args);
  await send('port_update', { port: { id } });
  await send('port_delete', { port_id: id });
  await send('network_update', { network: { id } });
  await send('network_delete', { network_id: id });
  await send('security_groups_rule_updated', { security_groups: ['g', 7] });
  await send('security_groups_member_updated', { security_groups: ['g'] });
  await send('binding_activate', { port_id: id, host: 'here' });
  await send('binding_activate', { port_id: id, host: 'elsewhere' });
  expect(seen.splice(0)).toEqual(['tap12345678-9a', 'tap12345678-9a', id, 'brq12345678-9a', ['rules', 'g'], ['members', 'g'], 'tap12345678-9a']);
  await send('port_update', { port: null });
  await send('port_delete', {});
  await send('network_delete', { network_id: 5 });
  expect(seen).toEqual([]);
});
