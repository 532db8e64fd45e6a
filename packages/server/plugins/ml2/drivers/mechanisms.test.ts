import { describe, expect, test } from 'vitest';
import type { JsonObject } from '@neutrino/lib/json';
import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';
import type { PortContext } from '@neutrino/lib/plugins/ml2/drivers';
import type { NetworkSegment } from '@neutrino/lib/plugins/ml2/segment';
import { createLinuxbridgeDriver } from './mech-linuxbridge.ts';
import { createSampleDriver } from './mech-sample.ts';

function segment(network_type: string, physical_network: string | null = null): NetworkSegment {
  return { id: `${network_type}-${physical_network ?? ''}`, network_id: 'n', network_type, physical_network, segmentation_id: 7, segment_index: 0 };
}

function agent(agent_type: string, configurations: JsonObject, state: Partial<AgentView> = {}): AgentView {
  return { id: 'a', agent_type, binary: 'b', host: 'h', topic: 'N/A', availability_zone: null, admin_state_up: true, alive: true, started_at: '2026-01-01 00:00:00', configurations, ...state };
}

function port(segments: readonly NetworkSegment[], agents: readonly AgentView[], vnicType = 'normal'): PortContext {
  const ofType = (type: string): readonly AgentView[] => agents.filter(({ agent_type }) => agent_type === type);
  return { port: {}, network: {}, host: 'h', vnicType, profile: {}, segmentsToBind: segments, agents: ofType };
}

describe('the linuxbridge driver', () => {
  const driver = createLinuxbridgeDriver();
  const able = { tunnel_types: ['vxlan'], interface_mappings: { phys1: 'eth1' }, bridge_mappings: { phys2: 'br2' } };
  const lb = agent('Linux bridge agent', able);

  test.each([
    ['vxlan', null],
    ['vlan', 'phys1'],
    ['flat', 'phys2'],
    ['local', null],
  ])('binds %s on %s', (type, physnet) => {
    expect(driver.bindPort(port([segment(type, physnet)], [lb]))).toMatchObject({
      segment: { network_type: type },
      vifType: 'bridge',
      vifDetails: { connectivity: 'l2', port_filter: true },
      status: 'DOWN',
    });
  });

  test('binds the first segment that the agent reaches', () => {
    expect(driver.bindPort(port([segment('vlan', 'phys9'), segment('flat', 'phys1')], [lb]))?.segment.id).toBe('flat-phys1');
  });

  test('binds on a host whose agent an administrator has disabled: agents of wires go on, as in Neutron', () => {
    expect(driver.bindPort(port([segment('vxlan')], [agent('Linux bridge agent', able, { admin_state_up: false })]))?.vifType).toBe('bridge');
  });

  test.each([
    ['of a physical network the agent does not know', port([segment('vlan', 'phys9')], [lb])],
    ['of a tunnel type the agent does not speak', port([segment('gre')], [lb])],
    ['that wants the device itself', port([segment('vxlan')], [lb], 'direct')],
    ['on a host whose agent is dead', port([segment('vxlan')], [agent('Linux bridge agent', able, { alive: false })])],
    ['on a host with an agent of another kind', port([segment('vxlan')], [agent('Open vSwitch agent', able)])],
    ['on a host whose agent reports nonsense', port([segment('vxlan'), segment('flat', 'phys1')], [agent('Linux bridge agent', { tunnel_types: 'vxlan', interface_mappings: 3 })])],
  ])('declines a port %s', (_what, context) => {
    expect(driver.bindPort(context)).toBeUndefined();
  });

  test('knows which of an agent’s networks could be served from its host', () => {
    expect(driver.supportsSegments?.(lb, [segment('flat', 'phys1')])).toBe(true);
    expect(driver.supportsSegments?.(lb, [segment('flat', 'phys9')])).toBe(false);
  });
});

test('the sample driver, as it stands, binds where its agent is and declines elsewhere', () => {
  const driver = createSampleDriver();
  expect(driver.bindPort(port([segment('vlan', 'phys1')], [agent('Sample agent', {})]))).toMatchObject({ vifType: 'bridge' });
  expect(driver.bindPort(port([segment('vxlan')], [agent('Sample agent', {})]))).toBeUndefined();
  expect(driver.bindPort(port([segment('vlan', 'phys1')], []))).toBeUndefined();
});
