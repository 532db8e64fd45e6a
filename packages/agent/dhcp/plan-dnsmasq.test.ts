import type { DhcpNetwork, DhcpPort, DhcpSubnet } from '@neutrino/lib/rpc/payloads';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultDhcpSettings, type DhcpSettings } from './dhcp-settings.ts';
import { planDnsmasq } from './plan-dnsmasq.ts';

const settings = defaultDhcpSettings('/state');
const directory = '/state/dhcp/net';

function subnet(changes: Partial<DhcpSubnet>): DhcpSubnet {
  return {
    id: 's4', name: '', network_id: 'net', tenant_id: 'p', ip_version: 4, cidr: '10.0.0.0/24', gateway_ip: '10.0.0.1', enable_dhcp: true,
    ipv6_ra_mode: null, ipv6_address_mode: null, dns_nameservers: [], host_routes: [], allocation_pools: [], ...changes,
  };
}

function port(id: string, changes: Partial<DhcpPort>): DhcpPort {
  return {
    id, name: '', network_id: 'net', tenant_id: 'p', mac_address: 'fa:16:3e:00:00:05', admin_state_up: true, device_id: 'vm',
    device_owner: 'compute:nova', fixed_ips: [], extra_dhcp_opts: [], ...changes,
  };
}

const own = port('dhcp', { device_owner: 'network:dhcp', fixed_ips: [{ subnet_id: 's4', ip_address: '10.0.0.2' }] });

function network(subnets: readonly DhcpSubnet[], ports: readonly DhcpPort[]): DhcpNetwork {
  return { id: 'net', tenant_id: 'p', admin_state_up: true, mtu: 1450, subnets, non_local_subnets: [], ports: [own, ...ports] };
}

function files(subnets: readonly DhcpSubnet[], ports: readonly DhcpPort[], changes: Partial<DhcpSettings> = {}): Record<'host' | 'addn_hosts' | 'opts', string> {
  const plan = planDnsmasq(network(subnets, ports), own, { ...settings, ...changes }, null);
  const read = (name: string): string => plan.files[`${directory}/${name}`] ?? '';
  return { host: read('host'), addn_hosts: read('addn_hosts'), opts: read('opts') };
}

const v4 = { subnet_id: 's4', ip_address: '10.0.0.5' };
const v6 = { subnet_id: 's6', ip_address: 'fd00::5' };

describe('the hosts file', () => {
  test('names MAC address, name and address; the DHCP port itself is not in it', () => {
    expect(files([subnet({})], [port('a', { fixed_ips: [v4] })]).host).toBe('fa:16:3e:00:00:05,host-10-0-0-5.openstacklocal,10.0.0.5\n');
  });

  test('uses the name that the server assigned', () => {
    const assigned = port('a', { fixed_ips: [v4], dns_assignment: [{ hostname: 'web', ip_address: '10.0.0.5', fqdn: 'web.example.org.' }] });
    expect(files([subnet({})], [assigned])).toMatchObject({
      host: 'fa:16:3e:00:00:05,web.example.org.,10.0.0.5\n',
      addn_hosts: '10.0.0.5\tweb.example.org. web\n',
    });
  });

  test('puts IPv6 addresses in brackets, and only for DHCPv6 clients', () => {
    const stateful = subnet({ id: 's6', ip_version: 6, cidr: 'fd00::/64', ipv6_address_mode: 'dhcpv6-stateful', ipv6_ra_mode: 'dhcpv6-stateful' });
    expect(files([subnet({}), stateful], [port('a', { fixed_ips: [v4, v6] })]).host).toBe(
      'fa:16:3e:00:00:05,host-10-0-0-5.openstacklocal,10.0.0.5\n' + 'fa:16:3e:00:00:05,tag:dhcpv6,host-fd00--5.openstacklocal,[fd00::5]\n',
    );
  });

  test('leases nothing for addresses from router advertisements, and lists stateless options first', () => {
    const stateless = subnet({ id: 's6', ip_version: 6, cidr: 'fd00::/64', ipv6_address_mode: 'dhcpv6-stateless', ipv6_ra_mode: 'dhcpv6-stateless' });
    const options = [{ opt_name: 'ntp-server', opt_value: '[fd00::9]', ip_version: 6 as const }];
    const { host, opts } = files([subnet({}), stateless], [port('a', { fixed_ips: [v4, v6], extra_dhcp_opts: options })]);
    expect(host).toBe('fa:16:3e:00:00:05,tag:dhcpv6,set:port-a\nfa:16:3e:00:00:05,host-10-0-0-5.openstacklocal,10.0.0.5,set:port-a\n');
    expect(opts).toContain('tag:port-a,option6:ntp-server,[fd00::9]\n');
    const slaac = { ...stateless, ipv6_address_mode: 'slaac' as const, ipv6_ra_mode: 'slaac' as const };
    expect(files([slaac], [port('a', { fixed_ips: [v6], extra_dhcp_opts: options })]).host).toBe('');
  });

  test('gives a client by its identifier, which is no option to send', () => {
    const named = port('a', { fixed_ips: [v4], extra_dhcp_opts: [{ opt_name: 'client-id', opt_value: '01:02', ip_version: 4 }] });
    const { host, opts } = files([subnet({})], [named]);
    expect(host).toBe('fa:16:3e:00:00:05,id:01:02,host-10-0-0-5.openstacklocal,10.0.0.5\n');
    expect(opts).not.toContain('client-id');
  });

  test('does not depend on the order in which the server lists ports', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 5, max: 250 }), { minLength: 2, maxLength: 20 }), (octets) => {
        const ports = octets.map((octet) => port(`p${octet}`, { fixed_ips: [{ subnet_id: 's4', ip_address: `10.0.0.${octet}` }] }));
        expect(files([subnet({})], ports)).toEqual(files([subnet({})], ports.toReversed()));
      }),
    );
  });

  test('keeps every value of a user in its own line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), fc.constantFrom('\n', '\r\n', '\0'), (name, value, end) => {
        const evil = port('a', { fixed_ips: [v4], extra_dhcp_opts: [{ opt_name: `x${name}${end}router`, opt_value: `${value}${end}tag:!x,option:router,6.6.6.6`, ip_version: 4 }] });
        expect(files([subnet({})], [evil]).opts).not.toMatch(/6\.6\.6\.6/);
      }),
    );
  });
});

describe('the options file', () => {
  test('announces the router, and no router where the subnet has no gateway', () => {
    expect(files([subnet({})], []).opts).toBe('tag:subnet-s4,option:router,10.0.0.1\n');
    expect(files([subnet({ gateway_ip: null })], []).opts).toBe('tag:subnet-s4,option:router\n');
  });

  test('repeats the default route among the static routes, in both numbers of that option', () => {
    const routed = subnet({ host_routes: [{ destination: '172.16.0.0/12', nexthop: '10.0.0.9' }] });
    const routes = '172.16.0.0/12,10.0.0.9,0.0.0.0/0,10.0.0.1';
    expect(files([routed], []).opts).toBe(
      `tag:subnet-s4,option:classless-static-route,${routes}\ntag:subnet-s4,249,${routes}\ntag:subnet-s4,option:router,10.0.0.1\n`,
    );
  });

  test('takes a default host route as the gateway where the subnet has none', () => {
    const routed = subnet({ gateway_ip: null, host_routes: [{ destination: '0.0.0.0/0', nexthop: '10.0.0.9' }] });
    expect(files([routed], []).opts).toBe('tag:subnet-s4,option:router,10.0.0.9\n');
  });

  test('routes to the other IPv4 subnets of the network directly', () => {
    const second = subnet({ id: 't4', cidr: '10.1.0.0/24', gateway_ip: null });
    expect(files([subnet({}), second], []).opts).toContain('tag:subnet-s4,option:classless-static-route,10.1.0.0/24,0.0.0.0,0.0.0.0/0,10.0.0.1\n');
  });

  test('leads metadata requests of an isolated subnet to the DHCP port, and of a routed one to the router', () => {
    const router = port('r', { device_owner: 'network:router_interface', fixed_ips: [{ subnet_id: 's4', ip_address: '10.0.0.1' }] });
    const hop = (ports: readonly DhcpPort[], changes: Partial<DhcpSettings>): string | undefined =>
      /169\.254\.169\.254\/32,([\d.]+)/.exec(files([subnet({})], ports, changes).opts)?.[1];
    expect(hop([], { enableIsolatedMetadata: true })).toBe('10.0.0.2');
    expect(hop([router], { enableIsolatedMetadata: true })).toBe('10.0.0.1');
    expect(hop([router], { forceMetadata: true })).toBe('10.0.0.2');
    expect(hop([], {})).toBeUndefined();
  });

  test('announces the name servers of the subnet; 0.0.0.0 alone means none at all', () => {
    expect(files([subnet({ dns_nameservers: ['10.9.9.9', '10.9.9.8'] })], []).opts).toContain('tag:subnet-s4,option:dns-server,10.9.9.9,10.9.9.8\n');
    expect(files([subnet({ dns_nameservers: ['0.0.0.0'] })], []).opts).toContain('tag:subnet-s4,option:dns-server\n');
    const six = subnet({ id: 's6', ip_version: 6, cidr: 'fd00::/64', ipv6_address_mode: 'dhcpv6-stateful', dns_nameservers: ['fd00::53'] });
    expect(files([six], []).opts).toBe('tag:subnet-s6,option6:dns-server,[fd00::53]\ntag:subnet-s6,option6:domain-search,openstacklocal\n');
  });

  test('announces all DHCP servers where there are several and the subnet has no name servers', () => {
    const other = port('dhcp2', { device_owner: 'network:dhcp', fixed_ips: [{ subnet_id: 's4', ip_address: '10.0.0.3' }] });
    expect(files([subnet({})], [other]).opts).toContain('tag:subnet-s4,option:dns-server,10.0.0.2,10.0.0.3\n');
  });

  test('sends options of a port by name and by number, under further tags, and only for its IP versions', () => {
    const options = [
      { opt_name: 'tag:ipxe,bootfile-name', opt_value: 'http://10.0.0.9/boot', ip_version: 4 as const },
      { opt_name: '150', opt_value: '10.0.0.9', ip_version: 4 as const },
      { opt_name: '59', opt_value: 'tftp://[fd00::9]/x', ip_version: 6 as const },
    ];
    const { opts } = files([subnet({})], [port('a', { fixed_ips: [v4], extra_dhcp_opts: options })]);
    expect(opts).toContain('tag:port-a,tag:ipxe,option:bootfile-name,http://10.0.0.9/boot\ntag:port-a,150,10.0.0.9\n');
    expect(opts).not.toContain('tftp');
  });
});

describe("dnsmasq's arguments", () => {
  const argv = (subnets: readonly DhcpSubnet[], changes: Partial<DhcpSettings> = {}): readonly string[] =>
    planDnsmasq(network(subnets, []), own, { ...settings, ...changes }, null).argv;

  test('have one static range for each subnet that is leased by DHCP', () => {
    const six = (changes: Partial<DhcpSubnet>): DhcpSubnet => subnet({ id: 's6', ip_version: 6, cidr: 'fd00::/64', ...changes });
    expect(argv([subnet({})])).toContain('--dhcp-range=set:subnet-s4,10.0.0.0,static,255.255.255.0,86400s');
    expect(argv([subnet({})])).toContain('--dhcp-lease-max=256');
    expect(argv([six({ ipv6_address_mode: 'dhcpv6-stateful' })])).toContain('--dhcp-range=set:subnet-s6,fd00::,static,64,86400s');
    expect(argv([six({})])).toContain('--dhcp-range=set:subnet-s6,fd00::,static,64,86400s');
    expect(argv([six({ ipv6_address_mode: 'slaac', ipv6_ra_mode: 'slaac' })]).join(' ')).not.toContain('--dhcp-range');
    expect(argv([six({ cidr: 'fd00::/48' })]).join(' ')).not.toContain('--dhcp-range');
    expect(argv([subnet({ enable_dhcp: false })]).join(' ')).not.toContain('--dhcp-range');
  });

  test('carry the settings', () => {
    const changed = argv([subnet({})], {
      leaseDurationSeconds: -1, renewalTimeSeconds: 10, rebindingTimeSeconds: 20, broadcastReply: true, dnsDomain: '',
      dnsmasq: { ...settings.dnsmasq, configFile: '/etc/extra.conf', dnsServers: ['10.9.9.9'], localResolv: true, baseLogDirectory: '/var/log/dns' },
    });
    expect(changed).toEqual(expect.arrayContaining([
      '--dhcp-range=set:subnet-s4,10.0.0.0,static,255.255.255.0,infinite', '--dhcp-option-force=option:T1,10s', '--dhcp-option-force=option:T2,20s',
      '--dhcp-broadcast', '--conf-file=/etc/extra.conf', '--server=10.9.9.9', '--no-resolv', '--log-facility=/var/log/dns/net/dhcp_dns_log',
    ]));
    expect(changed.join(' ')).not.toContain('--domain');
    expect(argv([subnet({})], { dnsmasq: { ...settings.dnsmasq, localResolv: true } })).not.toContain('--no-resolv');
  });
});
