import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '@neutrino/lib/json';
import { canonicalIp } from '@neutrino/lib/net/ip';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requires } from '../support/capabilities.ts';
import { steadyConnection } from '../support/steady-connection.ts';
import { openRouterCloud, routerCloudHere, type RouterCloud } from './router-cloud.ts';

/** Everywhere outside: another machine behind each of two gateways. */
const ANYWHERE = '198.51.100.1';
const soon = { timeout: 60_000 };
const V6_CLIENT = fileURLToPath(import.meta.resolve('../functional/net/dhcp-v6-client.ts'));

describe('routers among packets', requires(...routerCloudHere), () => {
  let cloud: RouterCloud;
  let outside: JsonObject;
  /** Everybody may ask an instance of it for anything. */
  let open: string;
  let number = 0;

  const external = async (name: string, subnet: JsonObject): Promise<JsonObject> => {
    const network = await cloud.make('network', { name, 'router:external': true, 'provider:network_type': 'flat', 'provider:physical_network': name });
    await cloud.make('subnet', { network_id: network['id'], ip_version: 4, enable_dhcp: false, ...subnet });
    return network;
  };
  const router = (body: JsonObject = {}): Promise<JsonObject> => cloud.make('router', { name: `router-${++number}`, ...body });
  const gatewayTo = (network: JsonObject): JsonObject => ({ external_gateway_info: { network_id: network['id'] as string } });
  /** A network with a subnet, which is the router's. */
  const behind = async (to: JsonObject | undefined, cidr: string, more: JsonObject = {}, network: JsonObject = {}): Promise<{ readonly network: JsonObject; readonly subnet: JsonObject; readonly gateway: string }> => {
    const made = await cloud.make('network', { name: cidr, ...network });
    const subnet = await cloud.make('subnet', { network_id: made['id'], cidr, ip_version: cidr.includes(':') ? 6 : 4, enable_dhcp: false, ...more });
    if (to !== undefined) await cloud.addInterface(to, subnet);
    return { network: made, subnet, gateway: String(subnet['gateway_ip']) };
  };
  const groupOf = (...rules: readonly JsonObject[]): Promise<string> => cloud.make('security_group', { name: 'group' }).then(async ({ id }) => {
    for (const rule of rules) await cloud.make('security_group_rule', { security_group_id: id, direction: 'ingress', ...rule });
    return String(id);
  });
  const floatingIp = (port: JsonObject, network = outside): Promise<JsonObject> => cloud.make('floatingip', { floating_network_id: network['id'], port_id: port['id'] });

  beforeAll(async () => {
    cloud = await openRouterCloud({ outside: ['203.0.113.1/24', 'fd00:ff::1/64', 'fd00:99::1/128'], abroad: ['192.0.2.1/24'], scoped: ['172.20.0.1/24'], uplink: ['198.18.0.1/24', `${ANYWHERE}/32`], downlink: ['198.19.0.1/24', `${ANYWHERE}/32`] }, ['linuxbridge', 'l3', 'dhcp']);
    outside = await external('outside', { cidr: '203.0.113.0/24' });
    open = await groupOf({ ethertype: 'IPv4' }, { ethertype: 'IPv6' });
    await cloud.answering('outside');
  }, 300_000);
  afterAll(() => cloud[Symbol.asyncDispose]());

  test('security groups hold from one subnet to another: who is a member is let through, by a pair of addresses as well', async () => {
    const own = await router();
    const [red, blue] = [await behind(own, '10.1.0.0/24'), await behind(own, '10.2.0.0/24')];
    const web = await groupOf();
    const database = await groupOf({ ethertype: 'IPv4', remote_group_id: web });
    const [member, stranger, served] = [
      await cloud.instance(red.network, 'member', { gateway: red.gateway, port: { security_groups: [web] } }),
      await cloud.instance(red.network, 'stranger', { gateway: red.gateway, port: { security_groups: [database] } }),
      await cloud.instance(blue.network, 'served', { gateway: blue.gateway, port: { security_groups: [database] } }),
    ];
    await cloud.reaches(member.name, served.address);
    expect(await cloud.pings(stranger.name, served.address)).toBe(false);
    await cloud.change('port', stranger.port['id'], { security_groups: [web] });
    await cloud.reaches(stranger.name, served.address);

    // Another address of the one, for which the other has to have a way.
    await cloud.host.run(['ip', 'address', 'add', '10.2.0.200/32', 'dev', 'eth0'], { netns: served.name });
    expect(await cloud.pings(member.name, '10.2.0.200')).toBe(false);
    await cloud.change('port', served.port['id'], { allowed_address_pairs: [{ ip_address: '10.2.0.200' }] });
    await cloud.reaches(member.name, '10.2.0.200');
    // And one from which the members speak.
    await cloud.host.run(['ip', 'address', 'add', '10.1.0.200/32', 'dev', 'eth0'], { netns: member.name });
    const fromPair = async (): Promise<boolean> => (await cloud.on(member.name, 'ping', '-c', '1', '-W', '1', '-I', '10.1.0.200', served.address)).includes('1 received');
    expect(await fromPair()).toBe(false);
    await cloud.change('port', member.port['id'], { allowed_address_pairs: [{ ip_address: '10.1.0.200' }] });
    await expect.poll(fromPair, soon).toBe(true);
  }, 240_000);

  test('instances reach the outside by the address of the router or by their own floating IPs, and one another by these; two projects may have the same addresses', async () => {
    const [first, second] = [await router(gatewayTo(outside)), await router(gatewayTo(outside))];
    const [mine, yours] = [await behind(first, '10.3.0.0/24'), await behind(second, '10.3.0.0/24')];
    const port = { security_groups: [open], fixed_ips: [{ ip_address: '10.3.0.10' }] };
    const one = await cloud.instance(mine.network, 'one', { gateway: mine.gateway, port });
    const twin = await cloud.instance(yours.network, 'twin', { gateway: yours.gateway, port });
    const other = await cloud.instance(mine.network, 'other', { gateway: mine.gateway, port: { security_groups: [open] } });
    for (const { name } of [one, twin, other]) await cloud.answering(name);
    const addressOf = ({ external_gateway_info: info }: JsonObject): string => String(((info as JsonObject)['external_fixed_ips'] as readonly JsonObject[])[0]?.['ip_address']);
    for (const { name } of [one, twin]) await cloud.reaches(name, '203.0.113.1');
    expect(await cloud.hears(one.name, '203.0.113.1')).toBe(`outside hears ${addressOf(await cloud.get('router', first['id']))}`);
    expect(await cloud.hears(twin.name, '203.0.113.1')).toBe(`outside hears ${addressOf(await cloud.get('router', second['id']))}`);
    const [oneOutside, twinOutside, otherOutside] = (await Promise.all([one, twin, other].map((each) => floatingIp(each.port)))).map((each) => String(each['floating_ip_address'])) as [string, string, string];
    await expect.poll(() => cloud.ask('outside', oneOutside), soon).toBe('one hears 203.0.113.1');
    await expect.poll(() => cloud.ask('outside', twinOutside), soon).toBe('twin hears 203.0.113.1');
    await expect.poll(() => cloud.ask('outside', otherOutside), soon).toBe('other hears 203.0.113.1');
    expect(await cloud.hears(one.name, '203.0.113.1')).toBe(`outside hears ${oneOutside}`);
    expect(await cloud.hears(one.name, twinOutside)).toBe(`twin hears ${oneOutside}`);
    expect(await cloud.hears(one.name, otherOutside), 'through the same router').toBe(`other hears ${oneOutside}`);
    expect(await cloud.hears(one.name, oneOutside), 'to itself').toBe(`one hears ${oneOutside}`);
    expect(await cloud.hears(one.name, other.address), 'within the network').toBe('other hears 10.3.0.10');
  }, 240_000);

  test('a floating IP moves while a connection to it runs: that is cut, the next reaches the other; those outside hear at once where it is', async () => {
    const own = await router(gatewayTo(outside));
    const inside = await behind(own, '10.4.0.0/24');
    const port = { security_groups: [open] };
    const [before, after] = [await cloud.instance(inside.network, 'before', { gateway: inside.gateway, port }), await cloud.instance(inside.network, 'after', { gateway: inside.gateway, port })];
    for (const { name } of [before, after]) await cloud.answering(name);
    const floating = await floatingIp(before.port);
    const address = String(floating['floating_ip_address']);
    await expect.poll(() => cloud.ask('outside', address), soon).toBe('before hears 203.0.113.1');
    // Requests on one connection, one after the other.
    const client = `const agent = new (require('node:http').Agent)({ keepAlive: true, maxSockets: 1 });
let connections = 0;
const ask = () => require('node:http').get({ host: '${address}', agent, timeout: 10000 }, (answer) => { answer.setEncoding('utf8'); answer.on('data', (text) => console.log(connections + ' ' + text)); answer.on('end', () => setTimeout(ask, 50)); })
  .on('socket', (socket) => { if (!socket.counted) { socket.counted = true; connections += 1; } }).on('timeout', function () { this.destroy(); }).on('error', () => { console.log(connections + ' cut'); setTimeout(ask, 50); });
ask();`;
    const running = spawn('setpriv', ['--pdeathsig', 'KILL', ...cloud.host.enter, 'ip', 'netns', 'exec', 'outside', process.execPath, '-e', client], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    createInterface({ input: running.stdout }).on('line', (line) => lines.push(line));
    try {
      await expect.poll(() => lines.length, soon).toBeGreaterThan(3);
      expect(new Set(lines)).toEqual(new Set(['1 before hears 203.0.113.1']));
      await cloud.change('floatingip', floating['id'], { port_id: after.port['id'] });
      await expect.poll(() => lines.at(-1), soon).toBe('2 after hears 203.0.113.1');
      expect([...new Set(lines)]).toEqual(['1 before hears 203.0.113.1', '1 cut', '2 after hears 203.0.113.1']);
    } finally {
      running.kill('SIGKILL');
    }
    // On another router: who spoke with it before has the wrong neighbour, and is told.
    const elsewhere = await router(gatewayTo(outside));
    const there = await behind(elsewhere, '10.5.0.0/24');
    const third = await cloud.instance(there.network, 'third', { gateway: there.gateway, port });
    await cloud.answering(third.name);
    await cloud.reaches(third.name, '203.0.113.1');
    const neighbour = async (): Promise<string> => /lladdr (\S+)/.exec(await cloud.on('outside', 'ip', 'neighbour', 'show', address))?.[1] ?? '';
    const old = await neighbour();
    await cloud.change('floatingip', floating['id'], { port_id: third.port['id'] });
    // Without a question: nobody outside sends anything.
    await expect.poll(neighbour, soon).not.toBe(old);
    await expect.poll(() => cloud.ask('outside', address), soon).toBe('third hears 203.0.113.1');
  }, 240_000);

  test('IPv6 in each mode: instances configure themselves with the addresses that their ports have, reach one another through the router, and the outside through its gateway', async () => {
    await cloud.make('subnet', { network_id: outside['id'], ip_version: 6, cidr: 'fd00:ff::/64', gateway_ip: 'fd00:ff::1', enable_dhcp: false });
    const own = await router(gatewayTo(outside));
    const modes = ['slaac', 'dhcpv6-stateless', 'dhcpv6-stateful'] as const;
    const guests = await Promise.all(modes.map(async (mode, index) => {
      const { network } = await behind(own, `fd00:${index + 1}::/64`, { enable_dhcp: true, ipv6_ra_mode: mode, ipv6_address_mode: mode });
      return { mode, guest: await cloud.instance(network, mode, { configuresItself: true, port: { security_groups: [open] } }) };
    }));
    for (const { mode, guest } of guests) {
      const configuration = async (): Promise<string> => (await cloud.on(guest.name, 'ip', '-6', 'address', 'show', 'dev', 'eth0')) + (await cloud.on(guest.name, 'ip', '-6', 'route', 'show', 'default'));
      await expect.poll(configuration, soon).toContain('default via fe80::');
      if (mode === 'dhcpv6-stateful') {
        expect(await configuration(), 'advertisements give no address').not.toContain('inet6 fd00:');
        const lease = async (): Promise<string | undefined> => canonicalIp((JSON.parse(await cloud.on(guest.name, process.execPath, V6_CLIENT)) as { readonly address: string } | null)?.address ?? '');
        await expect.poll(lease, soon).toBe(guest.address);
        await cloud.host.run(['ip', 'address', 'add', `${guest.address}/128`, 'dev', 'eth0', 'nodad'], { netns: guest.name });
      } else {
        await expect.poll(configuration, soon).toContain(`inet6 ${guest.address}/64`);
      }
    }
    const [slaac, stateless, stateful] = guests.map(({ guest }) => guest);
    if (slaac === undefined || stateless === undefined || stateful === undefined) throw new Error('there are three');
    await cloud.reaches(slaac.name, stateless.address);
    await cloud.reaches(stateless.name, stateful.address);
    await cloud.reaches(stateful.name, slaac.address);
    const info = (await cloud.get('router', own['id']))['external_gateway_info'] as { readonly external_fixed_ips: readonly { readonly ip_address: string }[] };
    const gateway = info.external_fixed_ips.map(({ ip_address: address }) => address).find((address) => address.includes(':')) ?? '';
    for (const prefix of ['fd00:1::/64', 'fd00:2::/64', 'fd00:3::/64']) await cloud.host.run(['ip', 'route', 'add', prefix, 'via', gateway], { netns: 'outside' });
    for (const guest of [slaac, stateless, stateful]) await cloud.reaches(guest.name, 'fd00:99::1');
    await cloud.reaches('outside', slaac.address);
  }, 240_000);

  test('one host has routers to several external networks, routes that projects ask for, and packets of other sizes', async () => {
    const abroad = await external('abroad', { cidr: '192.0.2.0/24' });
    const [own, other] = [await router(gatewayTo(outside)), await router(gatewayTo(abroad))];
    const [large, small, away] = [await behind(own, '10.6.0.0/24'), await behind(own, '10.7.0.0/24', {}, { mtu: 1300 }), await behind(other, '10.8.0.0/24')];
    const port = { security_groups: [open] };
    const [home, narrow, traveller] = [await cloud.instance(large.network, 'home', { gateway: large.gateway, port }), await cloud.instance(small.network, 'narrow', { gateway: small.gateway, port }), await cloud.instance(away.network, 'traveller', { gateway: away.gateway, port })];
    await cloud.reaches(home.name, '203.0.113.1');
    await cloud.reaches(traveller.name, '192.0.2.1');
    expect(await cloud.pings(home.name, '192.0.2.1')).toBe(false);
    expect(await cloud.pings(traveller.name, '203.0.113.1')).toBe(false);

    await cloud.reaches(home.name, narrow.address);
    expect(await cloud.on(home.name, 'ping', '-c', '1', '-W', '30', '-M', 'do', '-s', '1350', narrow.address)).toMatch(/mtu ?= ?1300/);
    expect(await cloud.on(home.name, 'ping', '-c', '1', '-W', '30', '-M', 'dont', '-s', '1350', narrow.address)).toContain('1 received');

    const passage = await cloud.instance(small.network, 'passage', { gateway: small.gateway, port: { port_security_enabled: false } });
    await cloud.host.run(['ip', 'address', 'add', '192.168.9.1/32', 'dev', 'lo'], { netns: passage.name });
    const routes = { routes: [{ destination: '192.168.9.0/24', nexthop: passage.address }] };
    await cloud.request('PUT', `routers/${String(own['id'])}/add_extraroutes`, { router: routes });
    await cloud.reaches(home.name, '192.168.9.1');
    await cloud.request('PUT', `routers/${String(own['id'])}/remove_extraroutes`, { router: routes });
    await expect.poll(() => cloud.pings(home.name, '192.168.9.1'), soon).toBe(false);
  }, 240_000);

  test('a router with two gateways: out by the first, by a floating IP or a port of one at the second; connections stay where they are while the other gateway comes and goes, all are used together, and the agent dies', async () => {
    const [first, second] = [await external('uplink', { cidr: '198.18.0.0/24' }), await external('downlink', { cidr: '198.19.0.0/24' })];
    const own = await router(gatewayTo(first));
    const { network, gateway } = await behind(own, '10.10.0.0/24');
    const port = { security_groups: [open] };
    const [plain, floated] = [await cloud.instance(network, 'plain', { gateway, port }), await cloud.instance(network, 'floated', { gateway, port })];
    for (const name of ['uplink', 'downlink', plain.name, floated.name]) await cloud.answering(name);
    await cloud.reaches(plain.name, ANYWHERE);
    const enter = (machine: string): readonly string[] => [...cloud.host.enter, 'ip', 'netns', 'exec', machine];
    await using steady = await steadyConnection({ from: enter(plain.name), to: enter('uplink'), address: ANYWHERE, port: 7 });
    const gateways = async (verb: 'add' | 'remove', ...networks: readonly JsonObject[]): Promise<readonly string[]> => {
      const answer = await cloud.request('PUT', `routers/${String(own['id'])}/${verb}_external_gateways`, { router: { external_gateways: networks.map(({ id }) => ({ network_id: id as string })) } });
      const { external_gateways: all } = answer['router'] as { readonly external_gateways: readonly { readonly external_fixed_ips: readonly { readonly ip_address: string }[] }[] };
      return all.map(({ external_fixed_ips: [address] }) => String(address?.ip_address));
    };
    const [one, two] = await gateways('add', second);
    const floating = await floatingIp(floated.port, second);
    const address = String(floating['floating_ip_address']);
    // From beyond: the way back by default is another.
    const from = async (machine: string, url: string): Promise<string> => cloud.on(machine, 'curl', '-s', '--max-time', '2', '--interface', ANYWHERE, `http://${url}/`);
    await expect.poll(() => from('downlink', address), soon).toBe(`floated hears ${ANYWHERE}`);
    await expect.poll(() => cloud.ask(floated.name, ANYWHERE), soon).toBe(`downlink hears ${address}`);
    await expect.poll(() => cloud.ask(plain.name, ANYWHERE), soon).toBe(`uplink hears ${one}`);
    const shared = await cloud.make('floatingip', { floating_network_id: second['id'] });
    const forwardings = `floatingips/${String(shared['id'])}/port_forwardings`;
    const { port_forwarding: forwarding } = await cloud.request('POST', forwardings, { port_forwarding: { protocol: 'tcp', external_port: 8080, internal_port: 80, internal_port_id: plain.port['id'] as string, internal_ip_address: plain.address } });
    await expect.poll(() => from('downlink', `${String(shared['floating_ip_address'])}:8080`), soon).toBe(`plain hears ${ANYWHERE}`);
    await cloud.request('DELETE', `${forwardings}/${String((forwarding as JsonObject)['id'])}`);
    await cloud.request('DELETE', `floatingips/${String(shared['id'])}`);

    await cloud.change('router', own['id'], { enable_default_route_ecmp: true });
    const answers = async (): Promise<readonly string[]> => [...new Set(await Promise.all(Array.from({ length: 8 }, () => cloud.ask(plain.name, ANYWHERE))))].toSorted();
    await expect.poll(answers, soon).toEqual([`downlink hears ${two}`, `uplink hears ${one}`]);
    const agent = cloud.agents.get('l3');
    await agent?.kill();
    await expect.poll(() => from('downlink', address), soon).toBe(`floated hears ${ANYWHERE}`);
    await cloud.start('l3').says('what this host should be is in place');
    const inRouter = (...argv: readonly string[]): Promise<string> => cloud.on(`qrouter-${String(own['id'])}`, ...argv);
    const rules = async (): Promise<readonly string[]> => (await inRouter('ip', 'rule')).split('\n').toSorted();
    const before = await rules();
    expect(before.filter((rule) => rule.includes('fwmark'))).toHaveLength(4);
    // By hand; the next change repairs it.
    await inRouter('ip', 'rule', 'delete', 'pref', '1000');
    await inRouter('ip', 'route', 'delete', 'default');
    await cloud.change('router', own['id'], { name: 'repaired' });
    await expect.poll(rules, soon).toEqual(before);
    await expect.poll(answers, soon).toEqual([`downlink hears ${two}`, `uplink hears ${one}`]);

    await cloud.request('DELETE', `floatingips/${String(floating['id'])}`);
    await gateways('remove', second);
    await expect.poll(async () => (await inRouter('ip', '-br', 'link')).match(/^qg-/gm)?.length, soon).toBe(1);
    await expect.poll(answers, soon).toEqual([`uplink hears ${one}`]);
    expect((await steady.end()).received).toBeGreaterThan(10);
  }, 240_000);

  test('address scopes: what is of the scope outside goes there as it is and is reached from there; what is of another is translated, and reached by nobody but by a floating IP', async () => {
    const scope = await cloud.make('address_scope', { name: 'scope', ip_version: 4 });
    const pool = await cloud.make('subnetpool', { name: 'pool', prefixes: ['172.20.0.0/16'], address_scope_id: scope['id'], default_prefixlen: 24 });
    const scoped = await external('scoped', { cidr: '172.20.0.0/24', subnetpool_id: pool['id'] });
    const own = await router(gatewayTo(scoped));
    const [within, without] = [await behind(own, '172.20.1.0/24', { subnetpool_id: pool['id'] as string }), await behind(own, '10.9.0.0/24')];
    const port = { security_groups: [open] };
    const [citizen, foreigner] = [await cloud.instance(within.network, 'citizen', { gateway: within.gateway, port }), await cloud.instance(without.network, 'foreigner', { gateway: without.gateway, port })];
    for (const name of ['scoped', citizen.name, foreigner.name]) await cloud.answering(name);
    const info = (await cloud.get('router', own['id']))['external_gateway_info'] as { readonly external_fixed_ips: readonly { readonly ip_address: string }[] };
    const gateway = info.external_fixed_ips[0]?.ip_address ?? '';
    for (const prefix of ['172.20.1.0/24', '10.9.0.0/24']) await cloud.host.run(['ip', 'route', 'add', prefix, 'via', gateway], { netns: 'scoped' });
    await cloud.reaches(citizen.name, '172.20.0.1');
    await cloud.reaches(foreigner.name, '172.20.0.1');
    expect(await cloud.hears(citizen.name, '172.20.0.1')).toBe(`scoped hears ${citizen.address}`);
    expect(await cloud.hears(foreigner.name, '172.20.0.1')).toBe(`scoped hears ${gateway}`);
    expect(await cloud.hears('scoped', citizen.address)).toBe(`citizen hears 172.20.0.1`);
    expect(await cloud.ask('scoped', foreigner.address)).toBe('');
    expect(await cloud.ask(citizen.name, foreigner.address)).toBe('');
    expect(await cloud.ask(foreigner.name, citizen.address)).toBe('');
    const floating = String((await floatingIp(foreigner.port, scoped))['floating_ip_address']);
    await expect.poll(() => cloud.ask('scoped', floating), soon).toBe('foreigner hears 172.20.0.1');
    expect(await cloud.hears(foreigner.name, '172.20.0.1')).toBe(`scoped hears ${floating}`);
  }, 240_000);
});
