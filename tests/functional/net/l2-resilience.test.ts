import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { command, networkNamespaces, requires, root } from '../../support/capabilities.ts';
import type { SimulatedPort } from '../../support/simulated-plugin.ts';
import { bench, eventually, tapOf, type Bench } from './l2-fixture.ts';

const network = 'aaaaaaaa-0000-4000-8000-000000000000';
const peers = '20000000-0000-4000-8000-000000000000';
const bridge = 'brqaaaaaaaa-00';

let b: Bench;
beforeEach(async () => {
  b = await bench();
  b.plugin.groups.set(peers, [
    { direction: 'egress', ethertype: 'IPv4' },
    { direction: 'egress', ethertype: 'IPv6' },
    { direction: 'ingress', ethertype: 'IPv4', remote_group_id: peers },
    // One rule of each form, so that what the kernel prints back is compared in each.
    { direction: 'ingress', ethertype: 'IPv4', protocol: 'icmp', port_range_min: 8, port_range_max: 0 },
    { direction: 'ingress', ethertype: 'IPv4', protocol: 'icmp' },
    { direction: 'ingress', ethertype: 'IPv6', protocol: 'icmpv6', port_range_min: 128 },
    { direction: 'ingress', ethertype: 'IPv4', protocol: '112', source_ip_prefix: '10.0.0.0/8' },
    { direction: 'ingress', ethertype: 'IPv4', protocol: '47' },
    { direction: 'ingress', ethertype: 'IPv4', protocol: '201' },
    { direction: 'ingress', ethertype: 'IPv4', protocol: 'sctp', port_range_min: 1, port_range_max: 65535 },
    { direction: 'ingress', ethertype: 'IPv4', protocol: 'udplite', port_range_min: 7, port_range_max: 9 },
    { direction: 'ingress', ethertype: 'IPv4', protocol: 'dccp', port_range_min: 7, port_range_max: 7 },
    { direction: 'ingress', ethertype: 'IPv6', protocol: 'udp', port_range_min: 1000, port_range_max: 2000, source_ip_prefix: 'fd00:1:2::/48' },
    { direction: 'ingress', ethertype: 'IPv6', source_ip_prefix: '::/0' },
    { direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp', source_port_range_min: 5, source_port_range_max: 6, port_range_min: 7, port_range_max: 8, dest_ip_prefix: '10.1.0.0/16' },
  ]);
});
afterEach(() => b[Symbol.asyncDispose]());

function port(number: number, given: Partial<SimulatedPort> = {}): SimulatedPort {
  const digits = String(number).padStart(8, '0');
  const made: SimulatedPort = {
    id: `${digits}-1111-4111-8111-000000000000`, networkId: network, mac: `fa:16:3e:00:00:${number.toString(16).padStart(2, '0')}`,
    addresses: [`10.9.0.${10 + number}`, `fd00:9::${10 + number}`], groups: [peers],
    pairs: [{ ip_address: '10.9.1.0/24', mac_address: 'fa:16:3e:00:00:fe' }, { ip_address: 'fd00:9:1::/64', mac_address: 'fa:16:3e:00:00:fe' }],
    ...given,
  };
  b.plugin.ports.set(made.id, made);
  return made;
}

const pings = (from: SimulatedPort, to: string): Promise<boolean> => b.pings(from, to);
const answered = (from: SimulatedPort, to: string): Promise<boolean> => b.answered(from, to);

async function plug(...ports: readonly SimulatedPort[]): Promise<void> {
  await Promise.all(ports.map((each) => b.plug(each)));
  await b.up(...ports);
}

/** All of the kernel's state that is ours, as text without counters and handles. */
async function kernel(): Promise<string> {
  const texts = await Promise.all(
    [['iptables-save'], ['ip6tables-save'], ['nft', 'list', 'table', 'bridge', 'neutrino'], ['ip', '-br', 'link']].map((argv) =>
      b.host.run(argv as [string, ...string[]], { accept: [1] }).then(({ stdout }) => stdout),
    ),
  );
  const sets = (await b.host.run(['ipset', 'save'])).stdout.replace(/ initval \S+/g, '').split('\n').sort().join('\n');
  // What the kernel notices by itself it notices a moment later: that there is something at the other end.
  const links = texts.pop()?.replace(/^(\S+) +[A-Z]+ +/gm, '$1 ').replace(/NO-CARRIER,|,LOWER_UP/g, '');
  return [...texts, links, sets].join('\n').replace(/^#.*$/gm, '').replace(/\[\d+:\d+\]/g, '');
}

describe('an agent that ends and comes back', requires(root, networkNamespaces, command('iptables'), command('ipset'), command('nft')), () => {
  for (const backend of ['nft', 'legacy'] as const) {
    test(`finds nothing to do after a restart, and moves no packet (iptables-${backend})`, { timeout: 180_000 }, async () => {
      await chooseBackend(backend);
      const agent = await b.startAgent();
      const [one, two] = [port(1), port(2, { networkId: network })];
      const open = port(3, { portSecurity: false });
      const dhcp = port(4, { deviceOwner: 'network:dhcp', groups: [] });
      await plug(one, two, open, dhcp);
      expect(await answered(one, '10.9.0.12')).toBe(true);
      expect(await answered(one, '10.9.0.13')).toBe(true);
      const before = await kernel();
      const talking = b.inside(one, 'ping', '-i', '0.02', '-c', '150', '-q', '10.9.0.12');
      talking.catch(() => undefined);
      await agent.kill();
      await using again = await b.startAgent();
      await eventually(() => b.plugin.reportedUp.length >= 8);
      expect(again.passes).toEqual([]);
      expect(await kernel()).toBe(before);
      expect((await talking).stdout).toContain(' 0% packet loss');
      await b.unplug(one);
      await eventually(async () => !(await kernel()).includes('00000001-1'), 'the end of the port’s chains');
    });
  }

  test('is told nothing by a server that fails for a device, and leaves the device as it was', async () => {
    const agent = await b.startAgent();
    const [one, two] = [port(1), port(2)];
    await plug(one, two);
    const before = await kernel();
    await agent.kill();
    b.plugin.failing.add(tapOf(two));
    await using again = await b.startAgent();
    expect(await kernel()).toBe(before);
    expect(await answered(one, '10.9.0.12')).toBe(true);
    b.plugin.failing.clear();
    await eventually(() => b.plugin.reportedUp.length === 4, 'the retry');
    expect(again.passes).toEqual([]);
  });

  test("takes away what Neutron's agent held devices to, and nothing of anybody else's", requires(command('ebtables-nft')), async () => {
    const ebtables = (...args: readonly string[]): Promise<unknown> => b.host.run(['ebtables-nft', '-t', 'nat', '--concurrent', ...args]);
    const bridgeRules = async (): Promise<string> => (await b.host.run(['nft', 'list', 'ruleset', 'bridge'])).stdout;
    const agent = await b.startAgent();
    const [one, two] = [port(1), port(2)];
    await plug(one, two);
    await agent.kill();
    // What it was allowed then is not what it is allowed now.
    for (const [kind, match] of [['MAC', ['-i', tapOf(one), '--among-src', 'fa:16:3e:00:00:77']], ['ARP', ['-p', 'ARP', '--arp-ip-src', '10.9.0.77']]] as const) {
      const chain = `neutron${kind}-${tapOf(one)}`;
      await ebtables('-N', chain, '-P', 'DROP');
      await ebtables('-A', chain, '-j', 'DROP');
      await ebtables('-I', chain, ...match, '-j', kind === 'MAC' ? 'RETURN' : 'ACCEPT');
      await ebtables('-A', 'PREROUTING', '-i', tapOf(one), '-j', chain, ...(kind === 'MAC' ? [] : ['-p', 'ARP']));
    }
    await ebtables('-N', 'somebody', '-P', 'RETURN');
    // And chains that this agent has not, with the ways to them.
    for (const rule of ['-N neutron-filter-top', '-A FORWARD -j neutron-filter-top', '-N neutron-linuxbri-local', '-A neutron-filter-top -j neutron-linuxbri-local', '-N neutron-linuxbri-OUTPUT', '-A OUTPUT -j neutron-linuxbri-OUTPUT']) {
      await b.host.run(['iptables', ...rule.split(' ')]);
    }
    expect(await pings(one, '10.9.0.12')).toBe(false);
    b.plugin.failing.add(tapOf(one));
    await using _ = await b.startAgent();
    expect(await bridgeRules()).toContain('neutronMAC-');
    b.plugin.failing.clear();
    await eventually(async () => !(await bridgeRules()).includes('neutronMAC-'), 'their end');
    expect(await bridgeRules()).not.toContain('neutronARP-');
    await eventually(async () => !/^.*(filter-top -j|linuxbri-local|-A OUTPUT -j).*$/m.test((await b.host.run(['iptables-save', '-t', 'filter'])).stdout), 'the end of chains that are none of ours');
    expect(await bridgeRules()).toContain('chain somebody');
    expect(await answered(one, '10.9.0.12')).toBe(true);
  });

  test('repairs what was killed in the middle of, at any moment', { timeout: 180_000 }, async () => {
    const ports = [1, 2, 3, 4, 5, 6].map((number) => port(number));
    await Promise.all(ports.map((each) => b.plug(each)));
    for (const delayMs of [20, 60, 90, 120, 150, 180]) {
      const starting = b.startAgent().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 250 + delayMs));
      for (const agent of b.agents()) await agent.kill();
      await starting;
    }
    await using _ = await b.startAgent();
    await b.up(...ports);
    expect(await answered(ports[0] as SimulatedPort, '10.9.0.16')).toBe(true);
    const repaired = await kernel();
    await wipe();
    await using _fresh = await b.startAgent();
    await eventually(async () => (await kernel()) === repaired, 'the same state from nothing');
  });

  /** Takes away all that the agent made, except the devices. */
  async function wipe(): Promise<void> {
    for (const agent of b.agents()) await agent.kill();
    await b.host.run(['nft', 'flush', 'ruleset']);
    await b.host.run(['ipset', 'destroy']);
    await b.host.run(['ip', 'link', 'delete', bridge]);
  }

  async function chooseBackend(backend: 'nft' | 'legacy'): Promise<void> {
    const links = ['iptables', 'iptables-save', 'iptables-restore', 'ip6tables', 'ip6tables-save', 'ip6tables-restore'];
    for (const name of links) {
      // Within the private host's own mount namespace.
      await b.host.run(['mount', '--bind', `/usr/sbin/xtables-${backend}-multi`, (await b.host.run(['readlink', '-f', `/usr/sbin/${name}`])).stdout.trim()]);
    }
  }
});

describe('drift', requires(root, networkNamespaces, command('iptables'), command('ipset'), command('nft')), () => {
  const damages: Readonly<Record<string, readonly (readonly [string, ...string[]])[]>> = {
    'a rule is deleted': [['iptables', '-D', 'neutron-linuxbri-i00000001-1', '1']],
    'a rule of a group is deleted': [['iptables', '-D', 'neutron-linuxbri-gi20000000-', '1']],
    'a rule is added at the top': [['ip6tables', '-I', 'neutron-linuxbri-sg-chain', '1', '-j', 'ACCEPT']],
    'the jump to our chains is deleted': [['iptables', '-D', 'FORWARD', '-j', 'neutron-linuxbri-FORWARD']],
    'all rules are flushed': [['iptables', '-F'], ['ip6tables', '-F'], ['iptables', '-t', 'raw', '-F']],
    'a device is taken out of its bridge': [['ip', 'link', 'set', 'tap00000001-11', 'nomaster']],
    'a device is taken down': [['ip', 'link', 'set', 'tap00000001-11', 'down']],
    'the bridge is deleted': [['ip', 'link', 'delete', bridge]],
    'the guard is deleted': [['nft', 'delete', 'table', 'bridge', 'neutrino']],
    'a rule of the guard is deleted': [['nft', 'flush', 'chain', 'bridge', 'neutrino', 'arp-claims']],
    'an address is added to the guard': [['nft', 'add', 'element', 'bridge', 'neutrino', 'senders', '{ "tap00000001-11" . 1.2.3.4 }']],
    'a member is added to a group': [['ipset', 'add', 'NIPv420000000-0000-4000-8000-', '1.2.3.4']],
    'bridged packets bypass iptables': [['sysctl', '-w', 'net.bridge.bridge-nf-call-iptables=0']],
  };

  test('whatever is changed by hand, a pass puts right', { timeout: 300_000 }, async () => {
    await using agent = await b.startAgent({ fullPassIntervalMs: 300 });
    await plug(port(1), port(2));
    const before = await kernel();
    for (const [title, damage] of Object.entries(damages)) {
      for (const argv of damage) await b.host.run(argv);
      await eventually(async () => sameBut(await kernel(), before), title).catch(async (error: unknown) => {
        expect(await kernel(), title).toBe(before);
        throw error;
      });
    }
    await eventually(async () => (await b.host.run(['cat', '/proc/sys/net/bridge/bridge-nf-call-iptables'])).stdout.trim() === '1', 'the switch');
    // The agent tells of a pass after it.
    await eventually(() => 'bridge-netfilter-on' in (agent.passes.at(-1) ?? {}), 'the news of the last repair');
    const quiet = agent.passes.length;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(agent.passes.length).toBe(quiet);
  });

  test('a flow that was noted before a crash is forgotten after it', async () => {
    const agent = await b.startAgent();
    const [one, two] = [port(1), port(2)];
    await plug(one, two);
    expect(await answered(one, '10.9.0.12')).toBe(true);
    const flows = async (): Promise<string> => (await b.host.run(['conntrack', '-L', '-p', 'icmp'])).stdout;
    const zone = /zone=(\d+)/.exec(await flows())?.[1] ?? '';
    await agent.kill();
    await b.host.run(['iptables', '-A', 'neutron-linuxbri-forget', '-m', 'comment', '--comment', `${zone} ingress 10.9.0.12 1 10.9.0.11`]);
    await using _ = await b.startAgent();
    expect(await flows()).not.toContain('src=10.9.0.11 dst=10.9.0.12');
    expect((await b.host.run(['iptables', '-S', 'neutron-linuxbri-forget'])).stdout.trim()).toBe('-N neutron-linuxbri-forget');
  });

  /** A link that was made anew is listed last, and a bridge that lost a port may have another MAC address. */
  function sameBut(one: string, other: string): boolean {
    const lines = (text: string): string => text.split('\n').map((line) => line.replace(/([0-9a-f]{2}:){5}[0-9a-f]{2} </, '<')).sort().join('\n');
    return lines(one) === lines(other);
  }
});

describe('coming and going', requires(root, networkNamespaces, command('iptables'), command('ipset'), command('nft')), () => {
  test('nothing is left in the kernel when the last port of a network has gone', async () => {
    await using _ = await b.startAgent();
    const untouched = await kernel();
    const [one, two] = [port(1), port(2, { networkId: 'bbbbbbbb-0000-4000-8000-000000000000', segment: { network_type: 'vxlan', segmentation_id: 77, physical_network: null } })];
    await plug(one, two);
    expect((await b.host.run(['ip', '-d', 'link', 'show', 'vxlan-77'])).stdout).toContain('dstport 8472');
    b.plugin.ports.clear();
    await b.unplug(one);
    await b.unplug(two);
    await eventually(() => b.plugin.reportedDown.length === 2);
    await eventually(async () => (await kernel()) === untouched, 'an empty kernel');
  });

  test('a flat network takes over its interface’s addresses and routes, and gives them back', async () => {
    await b.host.run(['ip', '-batch', '-'], {
      input: 'address add 203.0.113.9/24 dev provider0\nroute add default via 203.0.113.1 dev provider0 metric 50\naddress add 2001:db8::9/64 dev provider0 nodad\nroute add 2001:db8:5::/48 via 2001:db8::1 dev provider0\n',
    });
    const routes = async (device: string): Promise<string> =>
      (await Promise.all(['-4', '-6'].map((family) => b.host.run(['ip', family, 'route', 'show', 'dev', device])))).map(({ stdout }) => stdout).join('');
    const addresses = async (device: string): Promise<string> => (await b.host.run(['ip', '-br', 'address', 'show', 'dev', device])).stdout;
    await using _ = await b.startAgent({ physicalInterfaceMappings: { physnet1: 'provider0' } });
    const one = port(1, { segment: { network_type: 'flat', segmentation_id: null, physical_network: 'physnet1' } });
    await plug(one);
    expect((await b.host.run(['ip', 'link', 'show', 'provider0'])).stdout).toContain(`master ${bridge}`);
    expect(await addresses(bridge)).toMatch(/203\.0\.113\.9\/24 .*2001:db8::9\/64/);
    expect(await addresses('provider0')).not.toMatch(/203|2001/);
    expect(await routes(bridge)).toMatch(/default via 203\.0\.113\.1 .*metric 50[^]*2001:db8:5::\/48 via 2001:db8::1/);
    b.plugin.ports.delete(one.id);
    await b.unplug(one);
    await eventually(async () => !(await b.host.run(['ip', '-br', 'link'])).stdout.includes(bridge), 'the end of the bridge');
    expect(await addresses('provider0')).toMatch(/203\.0\.113\.9\/24 .*2001:db8::9\/64/);
    expect(await routes('provider0')).toMatch(/default via 203\.0\.113\.1 .*metric 50[^]*2001:db8:5::\/48 via 2001:db8::1/);
  });

  test('a network that is deleted loses its bridge at once, not after the usual wait', async () => {
    await using _ = await b.startAgent({ emptyBridgeLingerMs: 60_000 });
    const one = port(1);
    await plug(one);
    await b.unplug(one);
    await eventually(() => b.plugin.reportedDown.length === 1);
    expect((await b.host.run(['ip', '-br', 'link'])).stdout).toContain(bridge);
    await b.plugin.networkDeleted(network);
    await eventually(async () => !(await b.host.run(['ip', '-br', 'link'])).stdout.includes(bridge), 'the end of the bridge');
  });

  test('a device that the server does not know is left alone, and filtered from all others', async () => {
    await using _ = await b.startAgent();
    const [one, stray] = [port(1), port(2)];
    b.plugin.ports.delete(stray.id);
    await plug(one);
    await b.plug(stray);
    await eventually(() => (b.plugin.calls.get('details') ?? 0) >= 2);
    await b.host.run(['ip', 'link', 'set', tapOf(stray), 'master', bridge, 'up']);
    expect(await pings(stray, '10.9.0.11')).toBe(false);
    expect(b.plugin.reportedUp).toEqual([tapOf(one)]);
  });

  test('a device is reported when the bridge lets its packets through, and one with nobody at its other end is not waited for', async () => {
    await using _ = await b.startAgent();
    const holder = /\/proc\/\d+/.exec(b.host.enter.join(' '))?.[0] ?? '';
    const seen: string[] = [];
    // The kernel is looked at in the moment of the report.
    b.plugin.witnesses.add((devices) => {
      for (const device of devices) seen.push(`${device} ${readFileSync(`${holder}/root/sys/class/net/${device}/brport/state`, 'utf8').trim()}`);
    });
    const ports = Array.from({ length: 12 }, (_each, index) => port(index + 1));
    const [vacant, ...others] = ports as [SimulatedPort, ...SimulatedPort[]];
    await b.host.run(['ip', 'link', 'add', tapOf(vacant), 'type', 'veth', 'peer', 'name', 'vacant']);
    for (const each of others) await b.plug(each);
    await b.up(...ports);
    const [disabled, forwarding] = [0, 3];
    expect(seen.toSorted()).toEqual(ports.map((each) => `${tapOf(each)} ${each === vacant ? disabled : forwarding}`));
  });

  test('fifty devices that appear at once are a few questions, and each is up soon', { timeout: 180_000 }, async () => {
    await using agent = await b.startAgent();
    const ports = Array.from({ length: 50 }, (_, index) => port(index + 1));
    // For the agent they appear at once, however long it takes to make them.
    agent.signal('SIGSTOP');
    await b.host.run(['ip', '-batch', '-'], {
      input: ports.map((each) => `link add ${tapOf(each)} type veth peer name peer-${each.id.slice(0, 8)}\n`).join(''),
    });
    const start = performance.now();
    agent.signal('SIGCONT');
    await b.up(...ports);
    const elapsed = performance.now() - start;
    console.log(`50 devices: all reported up ${Math.round(elapsed)} ms after the last appeared, ${b.plugin.calls.get('details')} questions`);
    expect(b.plugin.calls.get('details')).toBeLessThanOrEqual(4);
    // Far more than it takes, and far less than fifty passes would, one after the other.
    expect(elapsed).toBeLessThan(20_000);
  });
});
