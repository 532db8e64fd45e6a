import type { RouterInfo, RouterPort } from '@neutrino/lib/rpc/router-payloads';
import { describe, expect, test } from 'vitest';
import { defaultL3Settings, type RouterFacts } from '../l3-settings.ts';
import { planRouter } from '../plan-router.ts';
import type { HaSettings } from './ha-settings.ts';
import { checkScript, keepalivedConfiguration } from './keepalived-configuration.ts';
import { type HaPlan, planHa, planInState } from './plan-ha.ts';
import { primaryAddress } from './primary-address.ts';
import { deviceOfEvent } from './watch-copies.ts';

const facts: RouterFacts = { ...defaultL3Settings('/state'), ipv6: true };
const port = (id: string, cidr: string, address: string, gateway: string | null = null): RouterPort => ({
  id: `${id}${'0'.repeat(7)}-${'0'.repeat(4)}`,
  network_id: id,
  mac_address: 'fa:16:3e:00:00:0A',
  admin_state_up: true,
  mtu: 1450,
  fixed_ips: [{ subnet_id: cidr, ip_address: address, prefixlen: Number(cidr.split('/')[1]) }],
  subnets: [{ id: cidr, cidr, gateway_ip: gateway, dns_nameservers: [], ipv6_ra_mode: cidr.includes(':') ? 'slaac' : null }],
  extra_subnets: [],
});
const router: RouterInfo = {
  id: 'r1', admin_state_up: true, ha: true, ha_vr_id: 7, enable_snat: true,
  _interfaces: [port('a', '10.1.0.0/24', '10.1.0.1'), port('c', 'fd00::/64', 'fd00::1')],
  gw_port: port('b', '203.0.113.0/24', '203.0.113.10', '203.0.113.1'),
  external_gateway_info: { network_id: 'b' },
  _floatingips: [{ id: 'f', floating_ip_address: '203.0.113.2', fixed_ip_address: '10.1.0.5', status: 'DOWN' }],
  _ha_interface: port('d', '169.254.192.0/18', '169.254.192.4'),
};
const whole = planRouter(router, facts);
const ha = planHa(router, whole, { ipv6: true }) as HaPlan;
const settings: HaSettings = facts.ha;

describe('the copy of a highly available router', () => {
  test('that waits has its devices without addresses, routes or advertisements, and does not forward IPv6; the rules are there', () => {
    const plan = planInState(whole, ha, 'backup', { ipv6: true });
    expect(plan.devices.map(({ name, addresses }) => [name, addresses])).toEqual([['ha-d0000000-00', ['169.254.192.4/18']], ['qr-a0000000-00', []], ['qr-c0000000-00', []], ['qg-b0000000-00', []]]);
    expect([plan.routes, plan.advertisements, plan.sysctls.get('ipv6/conf/all/forwarding'), plan.sysctls.get('ipv6/conf/all/addr_gen_mode')]).toEqual([[], null, '0', '1']);
    expect(plan.devices.flatMap(({ sysctls }) => [...sysctls].filter(([name]) => name.endsWith('accept_ra')).map(([, value]) => value))).toEqual(['0', '0', '0', '0']);
    expect(plan.tables).toEqual(whole.tables);
  });

  test('that is active is the router, and has the address that says so', () => {
    const plan = planInState(whole, ha, 'primary', { ipv6: true });
    expect(plan.devices.slice(1)).toEqual(whole.devices);
    expect(plan.devices[0]?.addresses).toEqual(['169.254.192.4/18', '169.254.0.7/24']);
    expect([plan.routes, plan.advertisements, plan.sysctls.get('ipv6/conf/all/forwarding')]).toEqual([whole.routes, whole.advertisements, '1']);
  });

  test('is none where the server says so, or gives no port', () => {
    expect(planHa({ ...router, ha: false }, whole, { ipv6: true })).toBeUndefined();
    expect(planHa({ ...router, _ha_interface: null }, whole, { ipv6: true })).toBeUndefined();
  });
});

test('keepalived is told what to watch, and what comes and goes with being active', () => {
  expect(keepalivedConfiguration(ha.instance, settings, '/check')).toBe(`global_defs {
    notification_email_from neutron@openstack.local
    router_id neutron
}
vrrp_instance VR_7 {
    state BACKUP
    interface ha-d0000000-00
    virtual_router_id 7
    priority 50
    garp_master_delay 5
    nopreempt
    advert_int 2
    down_timer_adverts 2
    track_interface {
        ha-d0000000-00
    }
    virtual_ipaddress {
        169.254.0.7/24 dev ha-d0000000-00
    }
    virtual_ipaddress_excluded {
        fe80::f816:3eff:fe00:a/64 dev qr-a0000000-00 no_track
        10.1.0.1/24 dev qr-a0000000-00 no_track
        fe80::f816:3eff:fe00:a/64 dev qr-c0000000-00 no_track
        fd00::1/64 dev qr-c0000000-00 no_track
        fe80::f816:3eff:fe00:a/64 dev qg-b0000000-00 no_track
        203.0.113.10/24 dev qg-b0000000-00 no_track
        203.0.113.2/32 dev qg-b0000000-00 no_track
    }
    virtual_routes {
        0.0.0.0/0 via 203.0.113.1 dev qg-b0000000-00 no_track
    }
}
`);
});

test('keepalived spreads packets over several next hops, as many routes as there are', () => {
  const routes = [
    { version: 4, destination: '10.9.0.0/16', hops: [{ via: '10.1.0.7', device: 'qr-a', onLink: false }, { via: '10.1.0.8', device: 'qr-a', onLink: false }] },
    { version: 4, destination: '192.0.2.0/24', hops: [{ device: 'qg-b', onLink: false }] },
  ] as const;
  const text = keepalivedConfiguration({ ...ha.instance, routes }, settings, '/check');
  expect(text).toContain('        10.9.0.0/16 no_track nexthop via 10.1.0.7 dev qr-a weight 1 nexthop via 10.1.0.8 dev qr-a weight 1\n');
  expect(text).toContain('        192.0.2.0/24 dev qg-b scope link no_track\n');
});

test('keepalived knows the others by a password and checks the gateway where it is to', () => {
  const text = keepalivedConfiguration(ha.instance, { authentication: { type: 'PASS', password: 'secret' }, advertIntervalSeconds: 1, healthCheckIntervalSeconds: 5, useNoTrack: false }, '/check');
  expect(text).toContain('    authentication {\n        auth_type PASS\n        auth_pass secret\n    }\n');
  expect(text).toContain('vrrp_script ha_health_check_7 {\n    script "/check"\n    interval 5\n');
  expect(text).toContain('    track_script {\n        ha_health_check_7\n    }\n');
  expect(text).not.toContain('no_track');
  expect(checkScript(ha.instance)).toBe("#!/bin/sh -eu\nip address | grep -qF ' fe80::f816:3eff:fe00:a/' || exit 0\nping -c 1 -w 1 203.0.113.1 >/dev/null || exit 1\n");
  expect(checkScript({ ...ha.instance, routes: [] })).toBeNull();
});

test('the address that says which copy is active is the same for all agents, and outside the prefix of their network', () => {
  expect(primaryAddress(254, ['169.254.192.0/18'])).toBe('169.254.0.254/24');
  expect(primaryAddress(1, ['169.254.0.0/18'])).toBe('169.254.128.1/24');
  expect(primaryAddress(1, ['169.254.0.0/24'])).toBe('169.254.1.1/24');
});

test('a copy that gets or loses an address is known by the label of the address', () => {
  expect(deviceOfEvent('[nsid 0]2: br0    inet 169.254.0.1/24 scope global ha-1234567a-12\\       valid_lft forever preferred_lft forever')).toBe('ha-1234567a-12');
  expect(deviceOfEvent('[nsid 3]Deleted 9: if9    inet 169.254.0.1/24 scope global ha-1234567a-12\\       valid_lft forever')).toBe('ha-1234567a-12');
  expect(deviceOfEvent('[nsid 0]4: tapb    inet 10.0.0.1/24 scope global qr-x\\       valid_lft forever preferred_lft forever')).toBeUndefined();
  expect(deviceOfEvent('[nsid 0]4: tapb    inet6 fe80::1/64 scope link nodad \\       valid_lft forever')).toBeUndefined();
});
