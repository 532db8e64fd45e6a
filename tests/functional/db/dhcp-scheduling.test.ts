import type { MechanismDriver } from '@neutrino/lib/plugins/ml2/drivers';
import { DhcpAgentScheduler } from '@neutrino/server/scheduler/dhcp-agent-scheduler';
import { expect, test } from 'vitest';
import { admin, createOne, startMl2 } from './ml2-server.ts';
import { scratchDatabase } from './scratch-database.ts';

test('a network that cannot be given a DHCP agent keeps no other waiting, is told of, and is tried again', async () => {
  await using scratch = await scratchDatabase();
  const { core, agents } = startMl2(scratch.db);
  await agents.report({ binary: 'neutron-dhcp-agent', agent_type: 'DHCP agent', host: 'net-1', topic: 'dhcp_agent', availability_zone: 'nova', configurations: {}, start_flag: true }, new Date().toISOString());
  await agents.report({ binary: 'vendor', agent_type: 'Vendor agent', host: 'net-1', topic: 'N/A', availability_zone: null, configurations: {}, start_flag: true }, new Date().toISOString());
  const ids: string[] = [];
  for (let number = 0; number < 3; number += 1) {
    const { id } = await createOne(core.networks, admin, { project_id: 'p', name: `n${number}` });
    await createOne(core.subnets, admin, { project_id: 'p', network_id: id, ip_version: 4, cidr: `10.${number}.0.0/24`, enable_dhcp: true });
    ids.push(id);
  }
  const [first = '', ...others] = ids.toSorted();
  let failing: string | undefined = first;
  /** A vendor's driver that one network is too much for. */
  const driver: MechanismDriver = {
    name: 'vendor',
    bindPort: () => undefined,
    supportsSegments(_agent, segments) {
      if (segments.some((segment) => segment.network_id === failing)) throw new Error('no such fabric');
      return true;
    },
  };
  const warnings: unknown[] = [];
  const scheduler = new DhcpAgentScheduler({
    db: scratch.db,
    agentService: agents,
    core: () => core,
    mechanismDrivers: [driver],
    settings: { agentDownTimeSeconds: 75, dhcpAgentsPerNetwork: 1, dhcpLoadType: 'networks', networkAutoSchedule: true, networkScheduler: 'WeightScheduler', defaultAvailabilityZones: [], servesWhileDisabled: false },
    log: { info: () => undefined, warn: (about: unknown) => void warnings.push(about) },
  });
  const heard: string[] = [];
  scheduler.onChange(({ networkId }) => void heard.push(networkId));
  await scheduler.scheduleAll();
  expect(heard.toSorted()).toEqual(others);
  expect(warnings).toMatchObject([{ network_id: first, err: { message: 'no such fabric' } }]);
  failing = undefined;
  await scheduler.scheduleUnserved();
  expect(heard.at(-1)).toBe(first);
});
