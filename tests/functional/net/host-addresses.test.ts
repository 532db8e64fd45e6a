import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { command, networkNamespaces, requires, root } from '../../support/capabilities.ts';
import type { SimulatedPort } from '../../support/simulated-plugin.ts';
import { steadyConnection } from '../../support/steady-connection.ts';
import { killedAfterSteps } from './killed-after-steps.ts';
import { bench, eventually, type Bench } from './l2-fixture.ts';

const bridge = 'brqaaaaaaaa-00';
const physicalInterfaceMappings = { physnet1: 'provider0' };
const group = '20000000-0000-4000-8000-000000000000';
const one: SimulatedPort = {
  id: '00000001-1111-4111-8111-000000000000', networkId: 'aaaaaaaa-0000-4000-8000-000000000000', mac: 'fa:16:3e:00:00:01',
  addresses: ['192.168.56.101'], groups: [group], mtu: 1500, segment: { network_type: 'flat', segmentation_id: null, physical_network: 'physnet1' },
};
/** One kill in so many steps; EVERY_STEP=1 takes none out. */
const stride = process.env['EVERY_STEP'] === undefined ? 4 : 1;
/** Where the machine's neighbours are. */
const outside = ['ip', 'netns', 'exec', 'outside'];

let b: Bench;
beforeEach(async () => {
  b = await bench();
  b.plugin.groups.set(group, [{ direction: 'egress', ethertype: 'IPv4' }]);
  b.plugin.ports.set(one.id, one);
  await b.host.run(['ip', 'netns', 'add', 'outside']);
  // As the kernel has it by default: a host with its address on the one device hears on the other.
  await b.host.run(['tee', ...['arp_ignore', 'rp_filter'].map((name) => `/proc/sys/net/ipv4/conf/all/${name}`)] as [string, ...string[]], { input: '0' });
  await ip(
    'link set provider0-far netns outside name eth0', 'address add 192.168.56.11/24 broadcast + dev provider0', 'address add fd56::11/64 dev provider0 nodad',
  );
  await b.host.run(['ip', '-netns', 'outside', '-batch', '-'], {
    input: 'link set lo up\naddress add 192.168.56.1/24 dev eth0\naddress add 192.168.56.2/24 dev eth0\naddress add fd56::1/64 dev eth0 nodad\nlink set eth0 up\n',
  });
  await ip('route add default via 192.168.56.1 dev provider0 metric 50');
});
afterEach(() => b[Symbol.asyncDispose]());

const ip = (...commands: readonly string[]): Promise<unknown> => b.host.run(['ip', '-batch', '-'], { input: `${commands.join('\n')}\n` });

/** All addresses and routes of the host on a device, in the words of ip(8), with `DEV` for the device, and without what the kernel gives by itself. */
async function configuration(device: string): Promise<readonly string[]> {
  const [addresses = '', ...routes] = await Promise.all(
    [['-oneline', 'address', 'show', 'dev', device], ['-oneline', '-4', 'route', 'show', 'table', 'all'], ['-oneline', '-6', 'route', 'show', 'table', 'all']].map(
      async (argv) => (await b.host.run(['ip', ...argv])).stdout,
    ),
  );
  const lines = [
    ...addresses.split('\n').filter((line) => !/ fe80:/.test(line)),
    ...routes.flatMap((text) => text.split('\n')).filter((line) => line.includes(` ${device} `) && !/^(multicast|local|broadcast|anycast|fe80:)/.test(line)),
  ];
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => line.replace(/^\d+: /, '').replaceAll(device, 'DEV').replaceAll(/\d+sec/g, 'SEC').replaceAll(/\s+/g, ' ').trim());
}

async function plugAndWait(): Promise<void> {
  await b.plug(one);
  await eventually(async () => {
    const links = (await b.host.run(['ip', '-br', 'address', 'show', 'master', bridge], { accept: [1, 255] })).stdout;
    return links.includes(`tap${one.id.slice(0, 11)}`) && !(await b.host.run(['ip', '-br', 'address', 'show', 'provider0'])).stdout.includes('192.');
  }, 'the port and the interface in the bridge');
}

async function unplugAndWait(): Promise<void> {
  await b.unplug(one);
  await eventually(async () => !(await b.host.run(['ip', '-br', 'link'])).stdout.includes(bridge), 'the end of the bridge');
}

const needs = requires(root, networkNamespaces, ...['iptables', 'ipset', 'nft', 'conntrack'].map(command));

describe('an interface that is the host’s own and its provider network’s', { timeout: 240_000, ...needs }, () => {
  test('gives all that the host has on it to the bridge, and gets it back as it was', async () => {
    await ip(
      'address add 192.168.56.12/24 dev provider0 valid_lft 5000 preferred_lft 4000', 'address add 10.1.1.1 peer 10.1.1.2/32 dev provider0',
      'address add 169.254.3.3/16 scope link dev provider0', 'address add 192.168.57.5/24 metric 77 dev provider0', 'address add 192.168.58.5/24 dev provider0 noprefixroute',
      'address add fd57::5/64 dev provider0 nodad valid_lft 5000 preferred_lft 0', 'address add fd57::6/64 dev provider0 nodad',
      'route add 192.168.58.0/24 dev provider0 proto kernel scope link src 192.168.58.5 metric 100',
      'route add default via 192.168.56.2 dev provider0 metric 60 src 192.168.56.12 mtu 1400', 'route add default via 203.0.113.1 dev provider0 onlink table 77',
      'route add 10.5.0.0/16 nexthop via 192.168.56.1 dev provider0 weight 3 nexthop via 172.31.255.9 dev underlay0 weight 1', 'route add 10.6.0.0/16 dev provider0 scope link',
      'route add 10.7.0.0/16 via 192.168.56.2 dev provider0 proto static', 'route add ::/0 via fd56::1 dev provider0 proto ra metric 1024 expires 3000',
      'route add fd09::/64 via fd57::1 dev provider0 metric 5 table 78', 'route add fd0a::/64 dev provider0',
    );
    const before = await configuration('provider0');
    expect(before).toHaveLength(25);
    const { stdout: links } = await b.host.run(['ip', '-json', 'link', 'show', 'provider0']);
    const [{ address: mac }] = JSON.parse(links) as readonly [{ address: string }];
    const first = await b.startAgent({ physicalInterfaceMappings });
    await plugAndWait();
    expect(await configuration(bridge)).toEqual(before);
    expect(await configuration('provider0')).toEqual([]);
    expect((await b.host.run(['ip', 'link', 'show', bridge])).stdout).toContain(mac);
    await eventually(() => b.plugin.reportedUp.length > 0, 'the report on the port');
    await first.kill();
    await using next = await b.startAgent({ physicalInterfaceMappings });
    expect(next.passes).toEqual([]);
    await unplugAndWait();
    expect(await configuration('provider0')).toEqual(before);
  });

  test('is made good after a kill at any step, on the way to the bridge and on the way back', { timeout: 900_000 }, async () => {
    await ip('address add 192.168.56.12/24 dev provider0');
    const before = await configuration('provider0');
    const reachable = (): Promise<unknown> => b.host.run(['ip', 'netns', 'exec', 'outside', 'ping', '-c', '1', '-W', '1', '192.168.56.11']);
    const settings = { physicalInterfaceMappings, emptyBridgeLingerMs: 0 };
    let [forth, back] = [0, 0];
    for (let steps = 1; forth === 0 || back === 0; steps += stride) {
      await b.plug(one);
      b.plugin.ports.set(one.id, one);
      if (forth === 0) {
        using death = killedAfterSteps(steps);
        await b.startAgent(settings, death.env).then((agent) => agent.kill(), () => undefined);
        if (!death.happened()) forth = steps;
        await reachable();
      }
      {
        await using _ = await b.startAgent(settings);
        expect(await configuration(bridge)).toEqual(before);
        expect(await configuration('provider0')).toEqual([]);
        await reachable();
      }
      b.plugin.ports.delete(one.id);
      await b.unplug(one);
      const isOver = async (): Promise<boolean> => !(await b.host.run(['ip', '-br', 'link'])).stdout.includes(bridge);
      if (back === 0) {
        using death = killedAfterSteps(steps);
        await using _ = await b.startAgent(settings, death.env);
        await eventually(async () => death.happened() || (await isOver()), 'the death of the agent, or the end of its work');
        if (!death.happened()) back = steps;
        await reachable();
      }
      await using _ = await b.startAgent(settings);
      await eventually(isOver, 'the end of the bridge');
      expect(await configuration('provider0')).toEqual(before);
      await reachable();
    }
    // One for each address and route, and at least one for the bridge.
    expect(Math.min(forth, back)).toBeGreaterThan(4);
  });

  test('gives its IPv6 addresses also to a bridge that Nova has made, which makes bridges without IPv6', async () => {
    const before = await configuration('provider0');
    await ip(`link add ${bridge} type bridge`, `link set ${bridge} up`);
    await b.host.run(['sysctl', '-qw', `net.ipv6.conf.${bridge}.disable_ipv6=1`]);
    await using _ = await b.startAgent({ physicalInterfaceMappings });
    await plugAndWait();
    expect(await configuration(bridge)).toEqual(before);
    await unplugAndWait();
    expect(await configuration('provider0')).toEqual(before);
  });

  test('moves at once what a DHCP client renews on it, and what somebody adds; rules stay as they are', async () => {
    await ip('address add 192.168.56.12/24 dev provider0 valid_lft 600 preferred_lft 600', 'route add default via 192.168.56.1 dev provider0 table 77', 'rule add from 192.168.56.12 table 77 priority 1000');
    await b.host.run(['ip', '-6', 'rule', 'add', 'from', 'fd57::5', 'table', '78', 'priority', '1001']);
    const rules = async (): Promise<string> => (await Promise.all(['-4', '-6'].map(async (family) => (await b.host.run(['ip', family, 'rule'])).stdout))).join('');
    const before = await rules();
    const { enter } = b.host;
    await using inward = await steadyConnection({ from: [...enter, ...outside], to: enter, address: '192.168.56.12', port: 7001 });
    // Nothing but an event tells this agent of it.
    await using _ = await b.startAgent({ physicalInterfaceMappings, fullPassIntervalMs: 600_000 });
    await plugAndWait();
    // A client's script gives the address to the interface for which the client was started.
    await ip('address replace 192.168.56.12/24 dev provider0 valid_lft 5000 preferred_lft 4000', 'address add 192.168.60.5/24 dev provider0', 'route add 10.8.0.0/16 via 192.168.60.1 dev provider0');
    await ip('address add fd57::5/64 dev provider0 nodad', 'route add fd09::/64 via fd57::1 dev provider0 table 78');
    await eventually(async () => (await configuration('provider0')).length === 0, 'the move of what came later');
    expect(await configuration(bridge)).toEqual(expect.arrayContaining([
      expect.stringMatching(/^DEV inet 192.168.60.5\/24 /), expect.stringMatching(/^DEV inet6 fd57::5\/64 /), '10.8.0.0/16 via 192.168.60.1 dev DEV',
      '192.168.60.0/24 dev DEV proto kernel scope link src 192.168.60.5', expect.stringMatching(/^fd09::\/64 via fd57::1 dev DEV table 78/), 'default via 192.168.56.1 dev DEV table 77',
    ]));
    const lifetime = async (device: string): Promise<number> => {
      const { stdout } = await b.host.run(['ip', '-json', 'address', 'show', 'dev', device]);
      const [link] = JSON.parse(stdout) as readonly { readonly addr_info: readonly { readonly local: string; readonly valid_life_time: number }[] }[];
      return link?.addr_info.find(({ local }) => local === '192.168.56.12')?.valid_life_time ?? 0;
    };
    expect(await lifetime(bridge)).toBeGreaterThan(600);
    expect(await rules()).toBe(before);
    await unplugAndWait();
    expect(await lifetime('provider0')).toBeGreaterThan(600);
    expect(await rules()).toBe(before);
    expect((await inward.end()).received).toBeGreaterThan(20);
  });

  test('is heard and spoken through as its operator has set it, on the bridge as well', async () => {
    // A host that routes, and learns its own default route from routers all the same.
    const settings = { ipv6: { forwarding: '1', accept_ra: '2', autoconf: '0' }, ipv4: { rp_filter: '2', arp_ignore: '1', forwarding: '1' } };
    const files = (device: string): readonly (readonly [string, string])[] =>
      Object.entries(settings).flatMap(([version, values]) => Object.entries(values).map(([name, value]) => [`/proc/sys/net/${version}/conf/${device}/${name}`, value] as const));
    for (const [file, value] of files('provider0')) await b.host.run(['tee', file], { input: value });
    await using _ = await b.startAgent({ physicalInterfaceMappings });
    await plugAndWait();
    for (const device of [bridge, 'provider0']) {
      for (const [file, value] of files(device)) expect([file, (await b.host.run(['cat', file])).stdout.trim()]).toEqual([file, value]);
    }
    await unplugAndWait();
    for (const [file, value] of files('provider0')) expect([file, (await b.host.run(['cat', file])).stdout.trim()]).toEqual([file, value]);
  });

  test('keeps the host’s own flows what they were to its firewall and its address translation', async () => {
    const { enter } = b.host;
    await b.host.run(['ip', 'netns', 'add', 'inner']);
    await ip('link add inner0 type veth peer name eth0 netns inner', 'address add 10.55.0.1/24 dev inner0', 'link set inner0 up');
    await b.host.run(['ip', '-netns', 'inner', '-batch', '-'], { input: 'link set lo up\naddress add 10.55.0.2/24 dev eth0\nlink set eth0 up\nroute add default via 10.55.0.1\n' });
    await b.host.run(['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.conf.all.forwarding=1']);
    for (const rule of [
      ['-t', 'nat', '-A', 'POSTROUTING', '-s', '10.55.0.0/24', '!', '-o', 'inner0', '-j', 'MASQUERADE'],
      ['-A', 'INPUT', '-i', 'lo', '-j', 'ACCEPT'], ['-A', 'INPUT', '-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED', '-j', 'ACCEPT'],
      ['-A', 'INPUT', '-p', 'tcp', '--syn', '--dport', '7005', '-j', 'ACCEPT'], ['-P', 'INPUT', 'DROP'],
    ]) await b.host.run(['iptables', ...rule] as [string, ...string[]]);
    // A byte goes each way every 10 ms; here is counted what comes back within the flow that began before.
    await b.host.run(['sysctl', '-qw', 'net.netfilter.nf_conntrack_acct=1']);
    const answers = async (port: number): Promise<number> => {
      const { stdout } = await b.host.run(['conntrack', '-L', '-p', 'tcp', '--orig-port-dst', String(port)]);
      const [, flow = '', ...others] = stdout.split(/^tcp /m);
      expect(others).toEqual([]);
      return Number(/packets=(\d+)/.exec(flow.slice(flow.lastIndexOf(' src=')))?.[1]);
    };
    const answered = async (port: number): Promise<void> => {
      const before = await answers(port);
      await eventually(async () => (await answers(port)) > before + 1, `an answer to port ${port}`);
    };
    await using translated = await steadyConnection({ from: [...enter, 'ip', 'netns', 'exec', 'inner'], to: [...enter, ...outside], address: '192.168.56.1', port: 7006 });
    await using inward = await steadyConnection({ from: [...enter, ...outside], to: enter, address: '192.168.56.11', port: 7005 });
    await using _ = await b.startAgent({ physicalInterfaceMappings });
    await plugAndWait();
    await answered(7006);
    await answered(7005);
    await using later = await steadyConnection({ from: [...enter, 'ip', 'netns', 'exec', 'inner'], to: [...enter, ...outside], address: '192.168.56.1', port: 7007 });
    await unplugAndWait();
    for (const port of [7005, 7006, 7007]) await answered(port);
    for (const connection of [translated, inward, later]) await connection.end();
  });

  test('carries established connections on through all of it, both ways', async () => {
    const { enter } = b.host;
    await using inward = await steadyConnection({ from: [...enter, ...outside], to: enter, address: '192.168.56.11', port: 7001 });
    await using outward = await steadyConnection({ from: enter, to: [...enter, ...outside], address: '192.168.56.1', port: 7002 });
    // What nothing is done to waits as long as the machine is busy.
    await using untouched = await steadyConnection({ from: enter, to: enter, address: '127.0.0.1', port: 7004 });
    await using inward6 = await steadyConnection({ from: [...enter, ...outside], to: enter, address: 'fd56::11', port: 7003 });
    await using _ = await b.startAgent({ physicalInterfaceMappings });
    for (let round = 0; round < 4; round++) {
      await plugAndWait();
      expect((await b.host.run(['ip', '-br', 'address', 'show', bridge])).stdout).toContain('192.168.56.11');
      await unplugAndWait();
    }
    const busyMs = (await untouched.end()).longestGapMs;
    for (const connection of [inward, outward, inward6]) {
      const { received, longestGapMs } = await connection.end();
      expect(received).toBeGreaterThan(100);
      expect(longestGapMs).toBeLessThan(1_000 + 2 * busyMs);
    }
  });
});
