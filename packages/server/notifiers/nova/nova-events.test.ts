import type { JsonObject } from '@neutrino/lib/json';
import { describe, expect, it } from 'vitest';
import type { ResourceEvent } from '../../callbacks/registry.ts';
import { adminContext } from '../../context.ts';
import { eventsOfChange } from './nova-events.ts';

const instance = '7b1c7c4e-0c1e-4d7a-9d6a-0a3f0b4c5d6e';
const port = { id: 'p1', device_id: instance, device_owner: 'compute:nova', status: 'DOWN', revision_number: 1, fixed_ips: [{ ip_address: '192.0.2.5', subnet_id: 's' }], 'binding:profile': {} };
const everything = { statusChanges: true, dataChanges: true };
const change = (operation: ResourceEvent['operation'], current: JsonObject, original?: JsonObject, more: Partial<ResourceEvent> = {}): ResourceEvent => ({
  resource: 'port', operation, context: adminContext(), id: 'p1', current, ...(original !== undefined && { original }), ...more,
});
const told = (event: ResourceEvent, interest = everything): readonly string[] => eventsOfChange(event, interest).map(({ name, status }) => (status === undefined ? name : `${name} ${status}`));
const becomes = (before: string, after: string, more: Partial<ResourceEvent> = {}, attributes: JsonObject = {}): readonly string[] =>
  told(change('update', { ...port, ...attributes, status: after, revision_number: 2 }, { ...port, ...attributes, status: before }, more));

describe('Nova is told', () => {
  it.each([
    ['DOWN', 'ACTIVE', ['network-vif-plugged completed']],
    ['BUILD', 'ACTIVE', ['network-vif-plugged completed']],
    ['DOWN', 'ERROR', ['network-vif-plugged failed']],
    ['BUILD', 'ERROR', ['network-vif-plugged failed']],
    ['ACTIVE', 'DOWN', ['network-vif-unplugged completed']],
    ['DOWN', 'BUILD', []],
    ['BUILD', 'DOWN', []],
    ['ACTIVE', 'BUILD', []],
    ['ACTIVE', 'ERROR', []],
    ['ERROR', 'ACTIVE', []],
  ])('of a port that goes from %s to %s: %j', (before, after, events) => {
    expect(becomes(before, after)).toEqual(events);
  });

  it('whose instance and which port it is', () => {
    expect(eventsOfChange(change('update', { ...port, status: 'ACTIVE' }, port), everything)).toEqual([{ name: 'network-vif-plugged', server_uuid: instance, tag: 'p1', status: 'completed' }]);
    expect(eventsOfChange(change('delete', port), everything)).toEqual([{ name: 'network-vif-deleted', server_uuid: instance, tag: 'p1' }]);
  });

  it('of whatever else of the port changed', () => {
    expect(told(change('update', { ...port, fixed_ips: [] }, port))).toEqual(['network-changed']);
    expect(told(change('update', { ...port, name: 'web', updated_at: 'now', revision_number: 2 }, port))).toEqual(['network-changed']);
    expect(told(change('update', { ...port, updated_at: 'now', revision_number: 2 }, port))).toEqual([]);
    expect(told(change('update', { ...port, status: 'DOWN', 'binding:host_id': 'b' }, { ...port, status: 'ACTIVE', 'binding:host_id': 'a' }))).toEqual(['network-vif-unplugged completed', 'network-changed']);
  });

  it('of the ports of instances only, as they are after the change', () => {
    for (const other of [{ device_id: '' }, { device_id: 'router-1' }, { device_owner: 'network:dhcp' }, { device_owner: 'baremetal:none' }, { device_owner: '' }]) {
      expect(told(change('update', { ...port, ...other, status: 'ACTIVE', name: 'n' }, port))).toEqual([]);
      expect(told(change('delete', { ...port, ...other }))).toEqual([]);
    }
    expect(told(change('update', { ...port, name: 'n' }, { ...port, device_id: '', device_owner: '' }))).toEqual(['network-changed']);
    expect(told(change('create', { ...port, status: 'ACTIVE' }))).toEqual([]);
    expect(told(change('update', port, { ...port, name: 'n' }, { resource: 'network' }))).toEqual([]);
  });

  it('of floating IPs that come to its instances, leave them, and go from one to another', () => {
    const leading = (id: string, owner = 'compute:nova'): JsonObject => ({ id: 'f1', port_id: id, port_details: { device_id: instance, device_owner: owner } });
    const idle = { id: 'f1', port_id: null, port_details: null };
    const of = (operation: ResourceEvent['operation'], current: JsonObject, original?: JsonObject): readonly string[] =>
      eventsOfChange(change(operation, current, original, { resource: 'floatingip' }), everything).map(({ name, tag }) => `${name} ${tag}`);
    expect(of('create', leading('a'))).toEqual(['network-changed a']);
    expect(of('create', idle)).toEqual([]);
    expect(of('update', leading('a'), idle)).toEqual(['network-changed a']);
    expect(of('update', leading('b'), leading('a'))).toEqual(['network-changed a', 'network-changed b']);
    expect(of('update', leading('b', 'network:other'), leading('a'))).toEqual(['network-changed a']);
    expect(of('update', leading('a'), leading('a'))).toEqual(['network-changed a']);
    expect(of('update', idle, leading('a'))).toEqual(['network-changed a']);
    expect(of('delete', leading('a'))).toEqual(['network-changed a']);
    expect(eventsOfChange(change('delete', leading('a'), undefined, { resource: 'floatingip' }), { statusChanges: true, dataChanges: false })).toEqual([]);
  });

  it.each(['7B1C7C4E-0C1E-4D7A-9D6A-0A3F0B4C5D6E', '7b1c7c4e0c1e4d7a9d6a0a3f0b4c5d6e', 'urn:uuid:7b1c7c4e-0c1e-4d7a-9d6a-0a3f0b4c5d6e', '{7b1c7c4e-0c1e-4d7a-9d6a-0a3f0b4c5d6e}'])('of an instance whose id is written %s', (id) => {
    expect(told(change('delete', { ...port, device_id: id }))).toEqual(['network-vif-deleted']);
  });

  it('while an instance moves, of its wiring, but not of its DHCP', () => {
    const moving = { 'binding:profile': { migrating_to: 'compute2' } };
    expect(becomes('DOWN', 'ACTIVE', { reportedBy: 'DHCP' }, moving)).toEqual([]);
    expect(becomes('DOWN', 'ACTIVE', { reportedBy: 'L2' }, moving)).toEqual(['network-vif-plugged completed']);
    expect(becomes('DOWN', 'ACTIVE', { reportedBy: 'DHCP' })).toEqual(['network-vif-plugged completed']);
  });

  it('what it was asked for', () => {
    const both = change('update', { ...port, status: 'ACTIVE', name: 'n' }, port);
    expect(told(both, { statusChanges: false, dataChanges: true })).toEqual(['network-changed']);
    expect(told(both, { statusChanges: true, dataChanges: false })).toEqual(['network-vif-plugged completed']);
    expect(told(change('delete', port), { statusChanges: true, dataChanges: false })).toEqual([]);
  });
});
