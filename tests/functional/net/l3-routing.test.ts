import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RouterInfo } from '@neutrino/lib/rpc/router-payloads';
import { describe, expect, test } from 'vitest';
import { command, networkNamespaces, requires, root } from '../../support/capabilities.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { answering } from './answering-machine.ts';
import { l3Host, type L3Host } from './l3-host.ts';
import { floatingIp, router, routerPort, subnet } from './l3-scripted-server.ts';

const soon = { timeout: 60_000 };
async function reaches(host: L3Host, machine: string, address: string): Promise<void> {
  await expect.poll(() => host.reaches(machine, address), soon).toBe(true);
}

describe('a router', requires(root, networkNamespaces, command('iptables'), command('ping'), command('curl')), () => {
  test('leads from one subnet to another, in both versions of IP, and stays when its agent goes', async () => {
    await using host = await l3Host();
    const [red, blue, blue6] = [subnet('10.1.0.0/24'), subnet('10.2.0.0/24'), subnet('fd00:2::/64')];
    const red6 = subnet('fd00:1::/64');
    const ports = [routerPort([red, red6], ['10.1.0.1', 'fd00:1::1']), routerPort([blue, blue6], ['10.2.0.1', 'fd00:2::1'])] as const;
    const own = router({ _interfaces: ports });
    host.server.routers.set(own.id, own);
    await host.start();
    await host.network('red', ports[0]);
    await host.network('blue', ports[1]);
    await host.machine('one', 'red', ['10.1.0.5/24', 'fd00:1::5/64'], ['10.1.0.1', 'fd00:1::1']);
    await host.machine('two', 'blue', ['10.2.0.5/24', 'fd00:2::5/64'], ['10.2.0.1', 'fd00:2::1']);
    await reaches(host, 'one', '10.2.0.5');
    await reaches(host, 'two', '10.1.0.5');
    await reaches(host, 'one', 'fd00:2::5');
    await host.kill();
    expect(await host.answers('one', '10.2.0.5')).toBe(true);
    const before = host.passes().length;
    await host.start();
    expect(await host.answers('one', '10.2.0.5')).toBe(true);
    expect(host.passes().slice(before).flat().filter((step) => step !== 'metadata-listen' && step !== 'radvd-reload'), 'nothing was changed').toEqual([]);
    await host.server.delete(own.id);
    await expect.poll(async () => (await host.host.run(['ip', 'netns', 'list'])).stdout, soon).not.toContain('qrouter-');
    expect((await host.host.run(['ip', '-br', 'link'])).stdout).not.toContain('tap');
  });
});

/** An environment in which the starts of these programs are noted. */
function loggedPrograms(...names: readonly string[]): Disposable & { readonly env: Readonly<Record<string, string>>; readonly started: () => readonly string[] } {
  const directory = temporaryDirectory(0o755);
  const log = join(directory.path, 'log');
  for (const name of names) writeFileSync(join(directory.path, name), `#!/bin/sh\nPATH=\${PATH#*:}\necho ${name} >>${log}\nexec ${name} "$@"\n`, { mode: 0o755 });
  return {
    env: { PATH: `${directory.path}:${process.env['PATH'] ?? ''}` },
    started: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

/** One router between an instance's network and an external one, on which a host is that knows nothing of the inside. */
async function withGateway(overrides: Partial<RouterInfo> = {}): Promise<L3Host & { readonly router: RouterInfo }> {
  const host = await l3Host();
  const inside = subnet('10.1.0.0/24', { gateway_ip: '10.1.0.1' });
  const outside = subnet('203.0.113.0/24', { gateway_ip: '203.0.113.1' });
  const internal = routerPort([inside], ['10.1.0.1']);
  const gateway = routerPort([outside], ['203.0.113.10']);
  const own = router({ _interfaces: [internal], gw_port: gateway, external_gateway_info: { network_id: gateway.network_id }, enable_snat: true, ...overrides });
  host.server.routers.set(own.id, own);
  await host.start();
  await host.network('inside', internal);
  await host.network('outside', gateway);
  await host.machine('one', 'inside', ['10.1.0.5/24'], ['10.1.0.1']);
  await host.machine('two', 'inside', ['10.1.0.6/24'], ['10.1.0.1']);
  await host.machine('world', 'outside', ['203.0.113.1/24', '198.51.100.1/32']);
  return Object.assign(host, { router: own });
}

/** Within two seconds, or nothing: to be asked again, or where nothing is to come. */
const ask = async (host: L3Host, machine: string, address: string, seconds = 2): Promise<string> => (await host.on(machine, 'curl', '-s', '--max-time', String(seconds), `http://${address}/`)).stdout;
/** In the time that a busy machine may take. */
const hears = (host: L3Host, machine: string, address: string): Promise<string> => ask(host, machine, address, 60);

describe('a router with a gateway', requires(root, networkNamespaces, command('iptables'), command('ping'), command('curl')), () => {
  test('translates what goes out to its own address, unless it is told not to', async () => {
    await using host = await withGateway();
    await using _world = await answering(host, 'world');
    await reaches(host, 'one', '198.51.100.1');
    expect(await hears(host, 'one', '198.51.100.1')).toBe('world hears 203.0.113.10');
    await host.server.put({ ...host.router, enable_snat: false });
    await host.host.run(['ip', 'route', 'add', '10.1.0.0/24', 'via', '203.0.113.10'], { netns: 'world' });
    await expect.poll(() => ask(host, 'one', '198.51.100.1'), soon).toBe('world hears 10.1.0.5');
  });

  test('has floating IPs: from outside, to the outside, from inside and from the instance itself; the server hears that they work', async () => {
    await using host = await withGateway();
    await using _world = await answering(host, 'world');
    await using _one = await answering(host, 'one');
    await using _two = await answering(host, 'two');
    await reaches(host, 'one', '203.0.113.1');
    const [first, second] = [floatingIp('203.0.113.20', '10.1.0.5'), floatingIp('203.0.113.21', '10.1.0.6')];
    await host.server.put({ ...host.router, _floatingips: [first] });
    await expect.poll(() => ask(host, 'world', '203.0.113.20'), soon).toBe('one hears 203.0.113.1');
    await expect.poll(() => host.server.statuses.get(first.id), soon).toBe('ACTIVE');
    expect(await hears(host, 'one', '198.51.100.1')).toBe('world hears 203.0.113.20');
    // The other has none: it is answered through the router.
    expect(await hears(host, 'two', '203.0.113.20')).toBe('one hears 203.0.113.10');
    await host.server.put({ ...host.router, _floatingips: [first, second] });
    await expect.poll(() => ask(host, 'two', '203.0.113.20'), soon).toBe('one hears 203.0.113.21');
    expect(await hears(host, 'one', '203.0.113.20')).toBe('one hears 203.0.113.20');
    expect(await hears(host, 'one', '10.1.0.6'), 'nothing is translated inside').toBe('two hears 10.1.0.5');
    await host.server.put({ ...host.router, _floatingips: [second] });
    await expect.poll(() => ask(host, 'world', '203.0.113.20'), soon).toBe('');
    await expect.poll(() => host.server.statuses.get(first.id), soon).toBe('DOWN');
  });

  test('moves a floating IP while flows to it run: what comes next reaches the other instance', async () => {
    await using host = await withGateway({ _floatingips: [floatingIp('203.0.113.20', '10.1.0.5')] });
    await using _one = await answering(host, 'one');
    await using _two = await answering(host, 'two');
    await expect.poll(() => ask(host, 'world', '203.0.113.20'), soon).toBe('one hears 203.0.113.1');
    // Datagrams of one flow, on and on: without being forgotten it would go to the first instance for ever.
    const argv = [...host.host.enter, 'ip', 'netns', 'exec', 'world', 'ping', '-i', '0.2', '203.0.113.20'];
    const pinging = spawn(argv[0] ?? '', argv.slice(1), { stdio: 'ignore' });
    try {
      await host.host.run(['ip', 'link', 'set', 'eth0', 'down'], { netns: 'one' });
      await host.server.put({ ...host.router, _floatingips: [floatingIp('203.0.113.20', '10.1.0.6')] });
      await expect.poll(() => ask(host, 'world', '203.0.113.20'), soon).toBe('two hears 203.0.113.1');
      const counted = async (): Promise<number> => Number(/InEchos\s+(\d+)/.exec((await host.on('two', 'nstat', '-asz', 'IcmpInEchos')).stdout)?.[1] ?? 0);
      await expect.poll(counted, soon).toBeGreaterThan(2);
    } finally {
      pinging.kill('SIGKILL');
    }
  });

  test('has the routes that the project asked for, and gives them up', async () => {
    await using host = await withGateway();
    await host.host.run(['ip', 'address', 'add', '192.168.7.1/32', 'dev', 'lo'], { netns: 'two' });
    await reaches(host, 'one', '203.0.113.1');
    expect(await host.reaches('one', '192.168.7.1')).toBe(false);
    await host.server.put({ ...host.router, routes: [{ destination: '192.168.7.0/24', nexthop: '10.1.0.6' }, { destination: '192.168.8.0/24', nexthop: '10.1.0.6' }, { destination: '192.168.8.0/24', nexthop: '10.1.0.5' }] });
    await reaches(host, 'one', '192.168.7.1');
    await host.server.put(host.router);
    await expect.poll(async () => (await host.host.run(['ip', '-n', `qrouter-${host.router.id}`, 'route'])).stdout, soon).not.toContain('192.168');
    await expect.poll(() => host.passes().at(-1), soon).toEqual(['delete-route', 'delete-route']);
  });

  test('loses no packet when its agent is killed and started again', async () => {
    await using host = await withGateway({ _floatingips: [floatingIp('203.0.113.20', '10.1.0.5')] });
    await reaches(host, 'world', '203.0.113.20');
    const ping = host.on('world', 'ping', '-i', '0.05', '-c', '80', '-W', '30', '203.0.113.20');
    await host.kill();
    await host.start();
    expect((await ping).stdout).toMatch(/80 packets transmitted, 80 received/);
    expect(host.passes().at(-1)).toEqual(['metadata-listen']);
  });

  test('has its rules read by no program where an agent starts again and nobody changed them; a change is noticed', async () => {
    await using host = await withGateway({ _floatingips: [floatingIp('203.0.113.20', '10.1.0.5')] });
    await reaches(host, 'world', '203.0.113.20');
    using programs = loggedPrograms('iptables-save', 'ip6tables-save', 'iptables-restore', 'ip6tables-restore');
    await host.kill();
    await host.start(programs.env);
    expect(programs.started()).toEqual([]);
    const namespace = `qrouter-${host.router.id}`;
    for (const argv of [['iptables', '-t', 'nat', '-F', 'neutron-l3-agent-PREROUTING'], ['nft', 'delete', 'table', 'inet', 'neutron-l3-agent']] as const) {
      await host.host.run(argv, { netns: namespace });
      await host.kill();
      await host.start(programs.env);
      expect(programs.started().toSorted()).toContain('iptables-save');
      expect(await host.answers('world', '203.0.113.20')).toBe(true);
    }
    const rules = async (): Promise<string> => (await host.host.run(['iptables', '-t', 'nat', '-S'], { netns: namespace })).stdout;
    // A router that changed while nobody was here.
    await host.kill();
    host.server.routers.set(host.router.id, { ...host.router, _floatingips: [floatingIp('203.0.113.21', '10.1.0.5')] });
    await host.start(programs.env);
    expect(await rules()).toContain('203.0.113.21');
    expect(await rules()).not.toContain('203.0.113.20');
  });

  test('is repaired by the next pass, whatever was done to it, and what an agent left half done is finished', async () => {
    await using host = await withGateway({ _floatingips: [floatingIp('203.0.113.20', '10.1.0.5')] });
    await reaches(host, 'world', '203.0.113.20');
    const name = `qrouter-${host.router.id}`;
    const gateway = `qg-${host.router.gw_port?.id.slice(0, 11) ?? ''}`;
    const internal = host.router._interfaces?.[0]?.id.slice(0, 11) ?? '';
    const damage = [['iptables', '-t', 'nat', '-F'], ['iptables', '-P', 'FORWARD', 'ACCEPT'], ['ip', 'address', 'flush', 'dev', gateway], ['sysctl', '-qw', 'net.ipv4.ip_forward=0'], ['ip', 'link', 'set', gateway, 'mtu', '1400', 'down']] as const;
    for (const argv of damage) await host.host.run(argv, { netns: name });
    await host.host.run(['ip', 'link', 'set', `tap${internal}`, 'down']);
    await host.server.put(host.router);
    await reaches(host, 'world', '203.0.113.20');
    // A device that is gone is made anew; whoever plugs devices in plugs it in again.
    await host.kill();
    await host.host.run(['ip', 'link', 'delete', `tap${internal}`]);
    await host.host.run(['ip', 'netns', 'add', `qrouter-${crypto.randomUUID()}`]);
    await host.start();
    await host.host.run(['ip', 'link', 'set', `tap${internal}`, 'master', 'inside']);
    await reaches(host, 'world', '203.0.113.20');
    expect((await host.host.run(['ip', 'netns', 'list'])).stdout.match(/qrouter-/g)).toHaveLength(1);
  });

  test('is finished by the next agent, at whatever moment one is killed; what is left of another is taken away, and not before the server has spoken', async () => {
    await using host = await l3Host();
    const [internal, gateway] = [routerPort([subnet('10.1.0.0/24')], ['10.1.0.1']), routerPort([subnet('203.0.113.0/24')], ['203.0.113.10'])];
    const own = router({ _interfaces: [internal], gw_port: gateway, _floatingips: [floatingIp('203.0.113.20', '10.1.0.5')] });
    const left = `qrouter-${crypto.randomUUID()}`;
    await host.host.run(['ip', 'netns', 'add', left]);
    const namespaces = async (): Promise<string> => (await host.host.run(['ip', 'netns', 'list'])).stdout;
    host.server.isAway = true;
    const waiting = host.start();
    await delay(1500);
    expect(await namespaces()).toContain(left);
    host.server.routers.set(own.id, own);
    host.server.isAway = false;
    // In the middle of it: as soon as there is something of the router.
    await expect.poll(namespaces, { ...soon, interval: 5 }).toContain(own.id);
    await Promise.all([host.kill(), waiting.catch(() => undefined)]);
    for (const pause of [0, 20, 60, 150]) {
      const starting = host.start().catch(() => undefined);
      await expect.poll(() => host.server.reports.length > 0, { ...soon, interval: 5 }).toBe(true);
      host.server.reports.length = 0;
      await delay(pause);
      await Promise.all([host.kill(), starting]);
    }
    await host.start();
    await host.network('inside', internal);
    await host.network('outside', gateway);
    await host.machine('one', 'inside', ['10.1.0.5/24'], ['10.1.0.1']);
    await host.machine('world', 'outside', ['203.0.113.1/24']);
    await reaches(host, 'world', '203.0.113.20');
    expect((await namespaces()).match(/qrouter-/g)).toHaveLength(1);
  });

  test('shares its host with another that has the same addresses; one that is switched off is taken away', async () => {
    await using host = await withGateway();
    const inside = subnet('10.1.0.0/24');
    const twin = routerPort([inside], ['10.1.0.1']);
    const other = router({ _interfaces: [twin] });
    await host.server.put(other);
    await expect.poll(async () => (await host.host.run(['ip', '-br', 'link'])).stdout, soon).toContain(`tap${twin.id.slice(0, 11)}`);
    await host.network('elsewhere', twin);
    await host.machine('stranger', 'elsewhere', ['10.1.0.5/24'], ['10.1.0.1']);
    await reaches(host, 'stranger', '10.1.0.1');
    await reaches(host, 'one', '203.0.113.1');
    expect(await host.reaches('stranger', '203.0.113.1')).toBe(false);
    // As the server tells it of a router that is switched off.
    await host.server.put({ ...other, admin_state_up: false });
    await expect.poll(async () => (await host.host.run(['ip', 'netns', 'list'])).stdout, soon).not.toContain(other.id);
    expect(await host.answers('one', '203.0.113.1')).toBe(true);
  });

  test('is the only kind that is made where the operator says so', async () => {
    await using host = await l3Host({ handleInternalOnlyRouters: false });
    const [internal, gateway] = [routerPort([subnet('10.1.0.0/24')], ['10.1.0.1']), routerPort([subnet('203.0.113.0/24')], ['203.0.113.10'])];
    const inside = router({ _interfaces: [internal] });
    const both = { ...inside, gw_port: gateway, external_gateway_info: { network_id: gateway.network_id } };
    host.server.routers.set(inside.id, inside);
    await host.start();
    const namespaces = async (): Promise<string> => (await host.host.run(['ip', 'netns', 'list'])).stdout;
    expect(await namespaces()).not.toContain('qrouter-');
    await host.server.put(both);
    await expect.poll(namespaces, soon).toContain(inside.id);
    await host.server.put(inside);
    await expect.poll(namespaces, soon).not.toContain(inside.id);
  });

  test('is asked for again where it changed while its agent heard nothing, and no other is; all are, where the server cannot tell which', async () => {
    await using host = await l3Host();
    host.server.tellsRevisions = true;
    const make = (cidr: string, address: string): RouterInfo => router({ _interfaces: [routerPort([subnet(cidr)], [address])] });
    const [same, changing, going, coming] = [make('10.1.0.0/24', '10.1.0.1'), make('10.2.0.0/24', '10.2.0.1'), make('10.3.0.0/24', '10.3.0.1'), make('10.4.0.0/24', '10.4.0.1')];
    for (const each of [same, changing, going]) host.server.routers.set(each.id, each);
    await host.start();
    const changed = { ...changing, routes: [{ destination: '192.168.7.0/24', nexthop: '10.2.0.9' }] };
    const asked = host.server.asked.length;
    await host.unheard(async () => {
      await host.server.put(changed);
      await host.server.delete(going.id);
      await host.server.put(coming);
    });
    const namespaces = async (): Promise<string> => (await host.host.run(['ip', 'netns', 'list'])).stdout;
    await expect.poll(namespaces, soon).toContain(coming.id);
    await expect.poll(namespaces, soon).not.toContain(going.id);
    await expect.poll(async () => (await host.host.run(['ip', '-n', `qrouter-${changing.id}`, 'route'])).stdout, soon).toContain('192.168.7.0/24');
    expect(host.server.asked.slice(asked).flat()).not.toContain(same.id);

    host.server.tellsRevisions = false;
    await host.unheard(() => host.server.put(changing));
    await expect.poll(async () => (await host.host.run(['ip', '-n', `qrouter-${changing.id}`, 'route'])).stdout, soon).not.toContain('192.168.7.0/24');
    await expect.poll(() => host.server.asked.slice(asked).flat(), soon).toContain(same.id);
  });
});
