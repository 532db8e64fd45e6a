import type { DhcpNetwork, DhcpPort } from '@neutrino/lib/rpc/payloads';
import { expect, test } from 'vitest';
import { dhcpDeviceId, RESERVED_DHCP_PORT } from './dhcp-device-id.ts';
import { ensureDhcpPort, planDhcpPort } from './dhcp-port.ts';

const deviceId = dhcpDeviceId('net', 'compute-1.example.org');

function network(ports: readonly Partial<DhcpPort>[]): DhcpNetwork {
  const subnets = [{ id: 'a', enable_dhcp: true }, { id: 'b', enable_dhcp: true }, { id: 'c', enable_dhcp: false }];
  return { id: 'net', tenant_id: 'p', subnets, ports } as unknown as DhcpNetwork;
}

test('the device id is made of the host name without its domain, as every Neutron program makes it', () => {
  expect(deviceId).toBe('dhcpa4759065-eb4f-5a46-96b0-019ee60cabef-net');
  expect(dhcpDeviceId('net', 'compute-1')).toBe(deviceId);
});

test('a port is asked for with an address in each DHCP subnet', () => {
  expect(planDhcpPort(network([]), deviceId)).toMatchObject({
    kind: 'create',
    request: { device_id: deviceId, network_id: 'net', fixed_ips: [{ subnet_id: 'a' }, { subnet_id: 'b' }] },
  });
});

test('a reserved port is taken over before one is asked for', () => {
  expect(planDhcpPort(network([{ id: 'r', device_id: RESERVED_DHCP_PORT, fixed_ips: [] }]), deviceId)).toMatchObject({
    kind: 'update', portId: 'r', request: { device_id: deviceId },
  });
});

test('an own port keeps its addresses and gets those that it lacks', () => {
  const own = { id: 'o', device_id: deviceId, fixed_ips: [{ subnet_id: 'a', ip_address: '10.0.0.2' }, { subnet_id: 'c', ip_address: '10.2.0.2' }] };
  expect(planDhcpPort(network([own]), deviceId)).toEqual({
    kind: 'update',
    portId: 'o',
    request: { network_id: 'net', fixed_ips: [{ subnet_id: 'a', ip_address: '10.0.0.2' }, { subnet_id: 'b' }] },
  });
  const whole = { ...own, fixed_ips: [{ subnet_id: 'a', ip_address: '10.0.0.2' }, { subnet_id: 'b', ip_address: '10.1.0.2' }] };
  expect(planDhcpPort(network([whole]), deviceId)).toMatchObject({ kind: 'keep' });
});

test('of reserved ports that other hosts took meanwhile the next is tried, and in the end a new one is asked for', async () => {
  const fixed_ips = [{ subnet_id: 'a', ip_address: '10.0.0.9' }, { subnet_id: 'b', ip_address: '10.1.0.9' }];
  const reserved = ['r1', 'r2', 'r3'].map((id) => ({ id, device_id: RESERVED_DHCP_PORT, fixed_ips }));
  const take = async (mine: string | undefined) => {
    const asked: string[] = [];
    const answer = (id: string): DhcpPort => ({ id, device_id: deviceId, fixed_ips }) as unknown as DhcpPort;
    const rpc = {
      updateDhcpPort: async (id: string) => (asked.push(id), id === mine ? answer(id) : null),
      createDhcpPort: async () => (asked.push('new'), answer('new')),
    };
    const { network: after, port } = await ensureDhcpPort(rpc, network(reserved), deviceId);
    return { asked, port: port.id, ports: after.ports.map(({ id }) => id) };
  };
  expect(await take('r2')).toEqual({ asked: ['r1', 'r2'], port: 'r2', ports: ['r3', 'r2'] });
  expect(await take(undefined)).toEqual({ asked: ['r1', 'r2', 'r3', 'new'], port: 'new', ports: ['new'] });
});
