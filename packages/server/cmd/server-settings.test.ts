import { parseOsloFile } from '@neutrino/lib/conf/oslo-file';
import { resolveConfig } from '@neutrino/lib/conf/resolve';
import { expect, test } from 'vitest';
import { serverSections } from '../conf/sections.ts';
import { dhcpSchedulerSettings } from './server-settings.ts';

const configured = (text: string) => dhcpSchedulerSettings(resolveConfig(serverSections, { files: [parseOsloFile(text, 'neutron.conf')] }).values);

test('networks are scheduled as Neutron schedules them where nothing is said', () => {
  expect(configured('')).toEqual({
    agentDownTimeSeconds: 75,
    dhcpAgentsPerNetwork: 1,
    dhcpLoadType: 'networks',
    networkAutoSchedule: true,
    networkScheduler: 'WeightScheduler',
    defaultAvailabilityZones: [],
    servesWhileDisabled: false,
  });
});

test('schedulers are named by the classes of Neutron, and another name stops the start', () => {
  expect(configured('[DEFAULT]\nnetwork_scheduler_driver = neutron.scheduler.dhcp_agent_scheduler.AZAwareWeightScheduler\ndhcp_load_type = ports\n')).toMatchObject({
    networkScheduler: 'AZAwareWeightScheduler',
    dhcpLoadType: 'ports',
  });
  expect(() => configured('[DEFAULT]\nnetwork_scheduler_driver = neutron.scheduler.dhcp_agent_scheduler.WeigthScheduler\n')).toThrow('network_scheduler_driver');
  expect(() => configured('[DEFAULT]\ndhcp_load_type = routers\n')).toThrow('dhcp_load_type');
});
