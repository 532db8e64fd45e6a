import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { RouterInfo, RouterPort } from '@neutrino/lib/rpc/router-payloads';
import { describe, expect, test } from 'vitest';
import { command, networkNamespaces, requires, root } from '../../support/capabilities.ts';
import { steadyConnection } from '../../support/steady-connection.ts';
import { answering } from './answering-machine.ts';
import { l3Host, type L3Host } from './l3-host.ts';
import { floatingIp, router, routerPort, subnet } from './l3-scripted-server.ts';

const [FIRST, SECOND] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
/** As long as a busy machine takes. */
const soon = { timeout: 60_000 };
/** Everywhere outside: it is another machine on each side, so that who answers tells which way a packet took. */
const ANYWHERE = ['198.51.100.1', 'fd00:99::1'] as const;

interface Scene extends L3Host {
  readonly router: RouterInfo;
  readonly gateways: readonly [RouterPort, RouterPort];
  readonly namespace: string;
  ask(machine: string, address: string, from?: string): Promise<string>;
  /** Who answers so many connections from a machine to everywhere. */
  askOften(machine: string, times: number): Promise<ReadonlySet<string>>;
  inRouter(...argv: readonly [string, ...string[]]): Promise<string>;
}

/** A router with machines inside and two gateways: each on a network of its own, with a machine that is the way to everywhere. */
async function scene(overrides: Partial<RouterInfo> = {}): Promise<Scene> {
  await using guard = new AsyncDisposableStack();
  const host = guard.use(await l3Host());
  const internal = routerPort([subnet('10.1.0.0/24'), subnet('fd00:1::/64')], ['10.1.0.1', 'fd00:1::1']);
  const gateways = [
    routerPort([subnet('203.0.113.0/24', { gateway_ip: '203.0.113.1' }), subnet('fd00:a::/64', { gateway_ip: 'fd00:a::1' })], ['203.0.113.10', 'fd00:a::10'], { network_id: FIRST }),
    routerPort([subnet('192.0.2.0/24', { gateway_ip: '192.0.2.1' }), subnet('fd00:b::/64', { gateway_ip: 'fd00:b::1' })], ['192.0.2.10', 'fd00:b::10'], { network_id: SECOND, mtu: 1400 }),
  ] as const;
  const own = router({ _interfaces: [internal], gw_port: gateways[0], extra_gw_ports: [gateways[1]], enable_snat: true, ...overrides });
  host.server.routers.set(own.id, own);
  await host.start();
  await host.network('inside', internal);
  for (const [name, address] of [['one', '5'], ['two', '6']] as const) await host.machine(name, 'inside', [`10.1.0.${address}/24`, `fd00:1::${address}/64`], ['10.1.0.1', 'fd00:1::1']);
  for (const [index, [name, v4, v6]] of ([['first', '203.0.113', 'fd00:a:'], ['second', '192.0.2', 'fd00:b:']] as const).entries()) {
    const gateway = gateways[index];
    await host.network(`net-${name}`, ...(gateway !== undefined && (own.extra_gw_ports?.length === 1 || index === 0) ? [gateway] : []));
    await host.machine(name, `net-${name}`, [`${v4}.1/24`, `${v6}:1/64`, `${ANYWHERE[0]}/32`, `${ANYWHERE[1]}/128`]);
    await host.host.run(['ip', 'route', 'add', 'fd00:1::/64', 'via', `${v6}:10`], { netns: name });
  }
  for (const machine of ['one', 'two', 'first', 'second']) guard.use(await answering(host, machine));
  const stack = guard.move();
  const namespace = `qrouter-${own.id}`;
  const say = async (machine: string, address: string, ...more: readonly string[]): Promise<string> => (await host.on(machine, 'curl', '-s', '--max-time', '2', ...more, `http://${address.includes(':') ? `[${address}]` : address}/`)).stdout;
  return {
    ...host,
    router: own,
    gateways,
    namespace,
    ask: (machine, address, from) => say(machine, address, ...(from === undefined ? [] : ['--interface', from])),
    async askOften(machine, times) {
      const answers = await Promise.all(Array.from({ length: times }, () => say(machine, ANYWHERE[0])));
      return new Set(answers);
    },
    inRouter: async (...argv) => (await host.host.run(argv, { netns: namespace })).stdout,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

interface IdleConnections extends AsyncDisposable {
  /** Asks by all of them at once, and hears by each. */
  answers(): Promise<readonly string[]>;
}

/** Connections from a machine to web servers, on which nothing has been asked yet. */
async function idleConnections(host: L3Host, machine: string, addresses: readonly string[]): Promise<IdleConnections> {
  const program = `const sockets = ${JSON.stringify(addresses)}.map((host) => require('node:net').connect({ host, port: 80 }));
const all = (what) => Promise.all(sockets.map(what));
const heard = (socket) => new Promise((resolve) => { let text = ''; socket.setEncoding('utf8').on('data', (more) => (text += more)).on('error', ({ code }) => resolve(code)).on('end', () => resolve(text.split('\\r\\n\\r\\n')[1])); });
all((socket) => new Promise((resolve) => socket.once('connect', resolve))).then(() => console.log('open'));
process.stdin.once('data', () => { const answers = all(heard); sockets.forEach((socket) => socket.write('GET / HTTP/1.0\\r\\n\\r\\n')); answers.then((texts) => { console.log(JSON.stringify(texts)); process.exit(); }); });`;
  const argv = [...host.host.enter, 'ip', 'netns', 'exec', machine, process.execPath, '-e', program];
  const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return {
    async answers() {
      const said = once(child.stdout, 'data');
      child.stdin.write('now\n');
      return JSON.parse(String((await said)[0])) as readonly string[];
    },
    [Symbol.asyncDispose]: async () => void child.kill('SIGKILL'),
  };
}

describe('a router with several gateways', requires(root, networkNamespaces, ...['iptables', 'ping', 'curl', 'keepalived'].map(command)), () => {
  test('leaves by the first, and answers by each what came in by it', async () => {
    await using host = await scene();
    await expect.poll(() => host.ask('one', ANYWHERE[0]), soon).toBe('first hears 203.0.113.10');
    await expect.poll(() => host.ask('one', ANYWHERE[1]), soon).toBe('first hears fd00:1::5');
    // The router itself.
    for (const name of ['first', 'second']) {
      const [own, own6] = name === 'first' ? ['203.0.113.10', 'fd00:a::10'] : ['192.0.2.10', 'fd00:b::10'];
      for (const [address, from] of [[own, ANYWHERE[0]], [own6, ANYWHERE[1]]] as const) await expect.poll(async () => (await host.on(name, 'ping', '-c', '1', '-W', '1', '-I', from, address)).code, soon).toBe(0);
    }
    // What is inside, without translation.
    await expect.poll(() => host.ask('second', 'fd00:1::5', ANYWHERE[1]), soon).toBe(`one hears ${ANYWHERE[1]}`);
    // A floating IP of the second: from there, to there, and from inside.
    const floating = floatingIp('192.0.2.20', '10.1.0.5', { floating_network_id: SECOND });
    await host.server.put({ ...host.router, _floatingips: [floating] });
    await expect.poll(() => host.ask('second', '192.0.2.20', ANYWHERE[0]), soon).toBe(`one hears ${ANYWHERE[0]}`);
    await expect.poll(() => host.ask('one', ANYWHERE[0]), soon).toBe('second hears 192.0.2.20');
    await expect.poll(() => host.ask('two', ANYWHERE[0]), soon).toBe('first hears 203.0.113.10');
    await expect.poll(() => host.ask('one', '203.0.113.1'), { ...soon, message: 'a network that is connected' }).toBe('first hears 203.0.113.10');
    await expect.poll(() => host.ask('two', '192.0.2.20'), soon).toBe('one hears 203.0.113.10');
    await expect.poll(() => host.ask('one', '192.0.2.20'), soon).toBe('one hears 192.0.2.20');
    await expect.poll(() => host.ask('two', '10.1.0.5'), soon).toBe('one hears 10.1.0.6');
    await expect.poll(() => host.ask('one', 'fd00:99::1'), soon).toBe('first hears fd00:1::5');
  }, 240_000);

  test('says what is wrong with a packet by the gateway by which it came, and inside what is wrong with one from there', async () => {
    const floating = floatingIp('192.0.2.20', '10.1.0.5', { floating_network_id: SECOND });
    await using host = await scene({ _floatingips: [floating] });
    for (const [machine, via] of [['first', '203.0.113.10'], ['second', '192.0.2.10']] as const) await host.host.run(['ip', 'route', 'add', '10.1.0.0/24', 'via', via], { netns: machine });
    await expect.poll(() => host.ask('second', '192.0.2.20', ANYWHERE[0]), soon).toBe(`one hears ${ANYWHERE[0]}`);
    await expect.poll(() => host.ask('second', 'fd00:1::5', ANYWHERE[1]), soon).toBe(`one hears ${ANYWHERE[1]}`);
    const hears = async (machine: string, ...ping: readonly string[]): Promise<string | undefined> => /From (\S+?):? icmp_seq=\d+ (.*)/.exec((await host.on(machine, 'ping', '-c', '1', '-W', '1', ...ping)).stdout)?.slice(1).join(' ');
    const expired = (from: string): string => `${from} Time to live exceeded`;
    expect(await hears('second', '-t', '1', '-I', ANYWHERE[0], '192.0.2.20')).toBe(expired('192.0.2.20'));
    for (const [machine, own, own6] of [['first', '203.0.113.10', 'fd00:a::10'], ['second', '192.0.2.10', 'fd00:b::10']] as const) {
      expect([machine, await hears(machine, '-t', '1', '-I', ANYWHERE[0], '10.1.0.6')]).toEqual([machine, expired(own)]);
      expect([machine, await hears(machine, '-t', '1', '-I', ANYWHERE[1], 'fd00:1::6')]).toEqual([machine, `${own6} Time exceeded: Hop limit`]);
    }
    expect(await hears('one', '-M', 'do', '-s', '1400', ANYWHERE[0])).toBe('10.1.0.1 Frag needed and DF set (mtu = 1400)');
    for (const [to, from] of [[ANYWHERE[0], expired('10.1.0.1')], [ANYWHERE[1], 'fd00:1::1 Time exceeded: Hop limit']] as const) {
      for (let id = 1; id <= 2; id += 1) {
        expect(await hears('one', '-e', `${id}`, '-t', '1', to), 'of a new flow').toBe(from);
        await expect.poll(async () => (await host.on('one', 'ping', '-c', '1', '-W', '1', '-e', `${id}`, to)).code, soon).toBe(0);
        expect(await hears('one', '-e', `${id}`, '-t', '1', to), 'of a flow that is at a gateway').toBe(from);
      }
    }
  }, 240_000);

  test('spreads connections over all gateways if it is told to, and each stays where it is while gateways come and go and the agent starts again', async () => {
    const [first, second] = ['first hears 203.0.113.10', 'second hears 192.0.2.10'];
    await using host = await scene({ extra_gw_ports: [] });
    const { router: own, gateways } = host;
    await expect.poll(() => host.ask('one', ANYWHERE[0]), soon).toBe(first);
    const enter = (machine: string): readonly string[] => [...host.host.enter, 'ip', 'netns', 'exec', machine];
    // Connections from before there were several. A packet of theirs that goes astray is answered by a reset, which ends them.
    await host.host.run(['ip', 'route', 'add', '203.0.113.0/24', 'via', '192.0.2.10'], { netns: 'second' });
    await using steady = await steadyConnection({ from: enter('one'), to: enter('first'), address: ANYWHERE[0], port: 7 });
    await using idle = await idleConnections(host, 'one', [...ANYWHERE, ...ANYWHERE, ...ANYWHERE, ...ANYWHERE]);
    const both = { ...own, extra_gw_ports: [gateways[1]], enable_default_route_ecmp: true };
    await host.server.put(both);
    const tap = `tap${gateways[1].id.slice(0, 11)}`;
    await expect.poll(async () => (await host.host.run(['ip', 'link', 'set', tap, 'master', 'net-second'], { accept: [1, 2] })).code, soon).toBe(0);
    await expect.poll(async () => [...(await host.askOften('two', 8))].toSorted(), soon).toEqual([first, second]);
    expect(new Set(await idle.answers())).toEqual(new Set([first, 'first hears fd00:1::5']));
    await host.kill();
    const passes = host.passes().length;
    await host.start();
    expect(host.passes().slice(passes).flat().filter((step) => step !== 'metadata-listen' && step !== 'radvd-reload'), 'nothing was changed').toEqual([]);
    // Not together any more; and without the second.
    await host.server.put({ ...both, enable_default_route_ecmp: false });
    await expect.poll(() => host.inRouter('ip', 'route', 'show', 'default'), soon).not.toContain('nexthop');
    await expect.poll(async () => [...(await host.askOften('two', 8))], soon).toEqual([first]);
    await host.server.put(both);
    await expect.poll(async () => [...(await host.askOften('two', 8))].toSorted(), soon).toEqual([first, second]);
    await host.server.put({ ...both, extra_gw_ports: [] });
    await expect.poll(async () => (await host.inRouter('ip', '-br', 'link')).match(/^qg-/gm)?.length, soon).toBe(1);
    await expect.poll(async () => [...(await host.askOften('two', 8))], soon).toEqual([first]);
    expect((await steady.end()).received).toBeGreaterThan(10);
    // Nothing is left of it.
    const lookups = async (): Promise<string> => (await host.inRouter('ip', 'rule')) + (await host.inRouter('ip', '-6', 'rule'));
    await expect.poll(lookups, soon).not.toMatch(/fwmark|suppress|192\.0\.2/);
    expect((await host.inRouter('ip', 'route', 'show', 'table', 'all')) + (await host.inRouter('ip', '-6', 'route', 'show', 'table', 'all')) + (await host.inRouter('iptables-save'))).not.toMatch(/table \d|192\.0\.2|fd00:b:|l3-agent-gateway/);
  }, 240_000);

  test('keeps what leaves by the first when that goes to another, takes the second for the first where that goes, and is repaired', async () => {
    await using host = await scene();
    const { router: own, gateways } = host;
    const floating = floatingIp('192.0.2.20', '10.1.0.5', { floating_network_id: SECOND });
    const full = { ...own, _floatingips: [floating], enable_default_route_ecmp: true };
    await host.server.put(full);
    await expect.poll(() => host.ask('second', '192.0.2.20', ANYWHERE[0]), soon).toBe(`one hears ${ANYWHERE[0]}`);
    const state = async (): Promise<string> => {
      const shown = [['rule'], ['-6', 'rule'], ['route', 'show', 'table', 'all'], ['-6', 'route', 'show', 'table', 'all']].map((argv) => host.inRouter('ip', ...argv));
      return (await Promise.all(shown)).flatMap((text) => text.split('\n').filter((line) => !line.includes('table local') && !line.includes('proto kernel') && !line.startsWith('multicast')).map((line) => line.trim()).toSorted()).join('\n');
    };
    for (const version of ['-4', '-6']) await expect.poll(() => host.inRouter('ip', version, 'route', 'show', 'default'), soon).toContain('nexthop');
    const before = await state();
    const rules = (await host.inRouter('ip', 'rule')).split('\n').filter((line) => /fwmark|from \d/.test(line)).map((line) => line.split(':')[0] ?? '');
    const lines = [...rules.map((priority) => `rule delete pref ${priority}`), 'route delete default', ...[...new Set(before.match(/table \d+/g))].map((table) => `route flush ${table}`)];
    await host.host.run(['ip', '-batch', '-'], { netns: host.namespace, input: lines.join('\n') });
    await host.host.run(['sh', '-c', 'while ip -6 rule delete pref 1000; do :; done; ip -6 route delete default'], { netns: host.namespace, accept: [0, 1, 2] });
    await host.server.put({ ...full });
    await expect.poll(state, soon).toBe(before);
    await expect.poll(() => host.ask('second', '192.0.2.20', ANYWHERE[0]), soon).toBe(`one hears ${ANYWHERE[0]}`);
    // Several routes to one place: as keepalived leaves them beside what an agent has made.
    const routes = (): Promise<string> => host.inRouter('ip', '-4', 'route', 'show', 'default');
    const hops = (await routes()).match(/nexthop.*/g) ?? [];
    const stray = hops[0]?.replace(/nexthop (.*) weight 1 ?/, '$1') ?? '';
    await host.host.run(['ip', '-batch', '-'], { netns: host.namespace, input: `route prepend default proto keepalived ${hops.join(' ')}\nroute prepend default proto static ${stray}\nroute append default proto keepalived ${stray}\n` });
    expect((await routes()).match(/default/g)).toHaveLength(4);
    await host.server.put({ ...full });
    await expect.poll(async () => (await routes()).match(/default|nexthop.*/g), soon).toEqual(['default', ...hops]);
    // The first goes: the second is what is left, and flows through it go on.
    const enter = (machine: string): readonly string[] => [...host.host.enter, 'ip', 'netns', 'exec', machine];
    const steady = await steadyConnection({ from: enter('one'), to: enter('second'), address: ANYWHERE[0], port: 7 });
    await host.server.put({ ...full, gw_port: gateways[1], extra_gw_ports: [] });
    await expect.poll(() => host.ask('two', ANYWHERE[0]), soon).toBe('second hears 192.0.2.10');
    await expect.poll(async () => (await host.inRouter('ip', '-br', 'link')).match(/^qg-/gm)?.length, soon).toBe(1);
    expect((await steady.end()).received).toBeGreaterThan(1);
  }, 240_000);

  test('that is highly available has all of it from keepalived where it is active', async () => {
    const ha = routerPort([subnet('169.254.192.0/18')], ['169.254.192.4']);
    const floating = floatingIp('192.0.2.20', '10.1.0.5', { floating_network_id: SECOND });
    await using host = await scene({ ha: true, ha_vr_id: 7, _ha_interface: ha, _floatingips: [floating], enable_default_route_ecmp: true });
    const { router: own } = host;
    expect(await host.inRouter('ip', '-br', 'address'), 'as long as it cannot hear the others').not.toContain('192.0.2.10');
    await host.network('ha', ha);
    const works = async (): Promise<void> => {
      await expect.poll(() => host.ask('second', '192.0.2.20', ANYWHERE[0]), soon).toBe(`one hears ${ANYWHERE[0]}`);
      await expect.poll(async () => [...(await host.askOften('two', 8))].toSorted(), soon).toEqual(['first hears 203.0.113.10', 'second hears 192.0.2.10']);
      for (const name of ['first', 'second']) await expect.poll(() => host.ask(name, 'fd00:1::5', ANYWHERE[1]), soon).toBe(`one hears ${ANYWHERE[1]}`);
    };
    await expect.poll(() => host.server.haStates.get(own.id), soon).toBe('active');
    await works();
    // Without the agent: what goes and comes with being active is keepalived's.
    await host.kill();
    const routes = (): Promise<string> => host.inRouter('ip', '-4', 'route', 'show', 'table', 'all');
    const device = `ha-${ha.id.slice(0, 11)}`;
    await host.host.run(['ip', 'link', 'set', device, 'down'], { netns: host.namespace });
    await expect.poll(routes, soon).not.toMatch(/table \d|default/);
    await host.host.run(['ip', 'link', 'set', device, 'up'], { netns: host.namespace });
    await works();
    await host.start();
    expect(await routes(), 'nothing is changed').toMatch(/default proto keepalived.*\n\s+nexthop/);
    await host.server.put({ ...own, _floatingips: [], extra_gw_ports: [] });
    await expect.poll(async () => (await host.inRouter('ip', '-br', 'link')).match(/^qg-/gm)?.length, soon).toBe(1);
    await expect.poll(() => host.ask('two', ANYWHERE[0]), soon).toBe('first hears 203.0.113.10');
    await expect.poll(routes, soon).not.toMatch(/table \d/);
  }, 240_000);

  test('may have two gateways on one network: each answers for itself alone, by itself', async () => {
    await using host = await l3Host();
    const outside = subnet('203.0.113.0/24', { gateway_ip: '203.0.113.1' });
    const internal = routerPort([subnet('10.1.0.0/24')], ['10.1.0.1']);
    const [a, b] = [routerPort([outside], ['203.0.113.10'], { network_id: 'n' }), routerPort([outside], ['203.0.113.11'], { network_id: 'n' })] as const;
    const own = router({ _interfaces: [internal], gw_port: a, extra_gw_ports: [b], enable_snat: true, enable_default_route_ecmp: true });
    host.server.routers.set(own.id, own);
    await host.start();
    await host.network('inside', internal);
    await host.network('outside', a, b);
    await host.machine('one', 'inside', ['10.1.0.5/24'], ['10.1.0.1']);
    await host.machine('world', 'outside', ['203.0.113.1/24', `${ANYWHERE[0]}/32`]);
    await using _world = await answering(host, 'world');
    const neighbour = async (address: string): Promise<string | undefined> => /lladdr (\S+)/.exec((await host.on('world', 'ip', 'neighbour', 'show', address)).stdout)?.[1];
    const sent = async (device: string): Promise<number> => Number((JSON.parse((await host.host.run(['ip', '-s', '-j', 'link', 'show', 'dev', device], { netns: `qrouter-${own.id}` })).stdout) as readonly { readonly stats64: { readonly tx: { readonly packets: number } } }[])[0]?.stats64.tx.packets);
    for (const [port, address] of [[a, '203.0.113.10'], [b, '203.0.113.11']] as const) {
      await expect.poll(() => host.reaches('world', address), soon).toBe(true);
      expect(await neighbour(address)).toBe(port.mac_address);
      const device = `qg-${port.id.slice(0, 11)}`;
      const before = await sent(device);
      await host.on('world', 'ping', '-c', '20', '-i', '0.01', '-W', '1', address);
      expect(await sent(device) - before, `answers leave by ${device}`).toBeGreaterThanOrEqual(20);
    }
    const ask = async (): Promise<string> => (await host.on('one', 'curl', '-s', '--max-time', '2', `http://${ANYWHERE[0]}/`)).stdout;
    await expect.poll(async () => [...new Set(await Promise.all(Array.from({ length: 12 }, ask)))].toSorted(), soon).toEqual(['world hears 203.0.113.10', 'world hears 203.0.113.11']);
  }, 240_000);
});
