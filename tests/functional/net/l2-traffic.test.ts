import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { command, networkNamespaces, requires, root } from '../../support/capabilities.ts';
import type { SimulatedPort, SimulatedRule } from '../../support/simulated-plugin.ts';
import { bench, eventually, namespaceOf, tapOf, type Bench } from './l2-fixture.ts';
import { sendFrame } from './l2-frames.ts';

const network = 'aaaaaaaa-0000-4000-8000-000000000000';
const bridge = 'brqaaaaaaaa-00';
const web = '10000000-0000-4000-8000-000000000000';
const peers = '20000000-0000-4000-8000-000000000000';
const egress: readonly SimulatedRule[] = [
  { direction: 'egress', ethertype: 'IPv4' },
  { direction: 'egress', ethertype: 'IPv6' },
];

let b: Bench;
beforeEach(async () => {
  b = await bench();
  b.plugin.groups.set(web, [...egress, { direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp', port_range_min: 80, port_range_max: 80 }]);
  b.plugin.groups.set(peers, [
    ...egress,
    { direction: 'ingress', ethertype: 'IPv4', remote_group_id: peers },
    { direction: 'ingress', ethertype: 'IPv6', remote_group_id: peers },
  ]);
});
afterEach(() => b[Symbol.asyncDispose]());

function port(number: number, given: Partial<SimulatedPort> = {}): SimulatedPort {
  const made: SimulatedPort = {
    id: `0000000${number}-1111-4111-8111-000000000000`, networkId: network, mac: `fa:16:3e:00:00:0${number}`,
    addresses: [`10.9.0.1${number}`, `fd00:9::1${number}`], groups: [peers], ...given,
  };
  b.plugin.ports.set(made.id, made);
  return made;
}

/** Plugs ports in and waits until the agent has reported them up. */
async function plug(...ports: readonly SimulatedPort[]): Promise<void> {
  await Promise.all(ports.map((each) => b.plug(each)));
  await b.up(...ports);
}

const pings = (from: SimulatedPort, to: string): Promise<boolean> => b.pings(from, to);
const answered = (from: SimulatedPort, to: string): Promise<boolean> => b.answered(from, to);

/** Whether a TCP connection to the port is answered, even if only by a reset. */
async function reaches(from: SimulatedPort, address: string, tcpPort: number, seconds = 0.7): Promise<boolean> {
  const script = `import socket,sys
s=socket.socket(); s.settimeout(float(sys.argv[3]))
try: s.connect((sys.argv[1],int(sys.argv[2])))
except ConnectionRefusedError: pass
except OSError: sys.exit(1)`;
  return (await b.inside(from, 'python3', '-c', script, address, String(tcpPort), String(seconds))).code === 0;
}

/** Changes a port as the API does, and waits until the agent has asked again and reported it up again. */
async function update(changed: SimulatedPort): Promise<void> {
  b.plugin.ports.set(changed.id, changed);
  const before = b.plugin.reportedUp.length;
  await b.plugin.portUpdated(changed.id);
  await eventually(() => b.plugin.reportedUp.length > before, 'the report on the changed port');
}

describe('traffic between instances', requires(root, networkNamespaces, command('iptables'), command('ipset'), command('nft'), command('conntrack')), () => {
  test('members of a remote group reach each other over IPv4 and IPv6, and a stranger does not reach them', async () => {
    await using _ = await b.startAgent();
    const [one, two, stranger] = [port(1), port(2), port(3, { groups: [web] })];
    await plug(one, two, stranger);
    expect(await answered(one, '10.9.0.12')).toBe(true);
    expect(await answered(two, 'fd00:9::11')).toBe(true);
    expect(await pings(stranger, '10.9.0.11')).toBe(false);
    expect(await pings(stranger, 'fd00:9::11')).toBe(false);
  });

  test('a TCP port that no rule allows is refused, and answers after a rule is added', async () => {
    await using _ = await b.startAgent();
    const [client, server] = [port(1), port(2, { groups: [web] })];
    await plug(client, server);
    expect(await reaches(client, '10.9.0.12', 80, 30)).toBe(true);
    expect(await reaches(client, '10.9.0.12', 22)).toBe(false);
    b.plugin.groups.set(web, [...(b.plugin.groups.get(web) ?? []), { direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp', port_range_min: 20, port_range_max: 25 }]);
    await b.plugin.rulesUpdated(web);
    await eventually(() => reaches(client, '10.9.0.12', 22), 'the new permission');
  });

  test('the prefixes of an address group are admitted, those that it loses no longer, flows of theirs included', async () => {
    await using _ = await b.startAgent();
    const admitted = '30000000-0000-4000-8000-000000000000';
    b.plugin.addressGroups.set(admitted, ['10.9.0.11/32', '192.0.2.0/24', 'fd00:9::/64']);
    b.plugin.groups.set(web, [...egress, { direction: 'ingress', ethertype: 'IPv4', protocol: 'icmp', remote_address_group_id: admitted }]);
    const [one, two, server] = [port(1), port(2), port(3, { groups: [web] })];
    await plug(one, two, server);
    expect(await answered(one, '10.9.0.13')).toBe(true);
    expect(await pings(two, '10.9.0.13')).toBe(false);
    expect((await b.host.run(['ipset', 'save'])).stdout).toContain('192.0.2.0/24');
    const flows = async (): Promise<string> => (await b.host.run(['conntrack', '-L', '-p', 'icmp'])).stdout;
    expect(await flows()).toContain('src=10.9.0.11 dst=10.9.0.13');
    b.plugin.addressGroups.set(admitted, ['10.9.0.12/31']);
    await b.plugin.rulesUpdated(web);
    await eventually(() => pings(two, '10.9.0.13'), 'the new prefix');
    await eventually(async () => !(await flows()).includes('src=10.9.0.11 dst=10.9.0.13'), 'the end of the flow');
    expect(await pings(one, '10.9.0.13')).toBe(false);
  });

  test('a flow that was established ends when its permission is taken away', async () => {
    await using _ = await b.startAgent();
    const [client, server] = [port(1), port(2, { groups: [web] })];
    b.plugin.groups.set(web, [...egress, { direction: 'ingress', ethertype: 'IPv4', protocol: 'icmp' }]);
    await plug(client, server);
    expect(await answered(client, '10.9.0.12')).toBe(true);
    const flows = async (): Promise<string> => (await b.host.run(['conntrack', '-L', '-p', 'icmp'])).stdout;
    expect(await flows()).toContain('dst=10.9.0.12');
    b.plugin.groups.set(web, egress);
    await b.plugin.rulesUpdated(web);
    await eventually(async () => !(await flows()).includes('src=10.9.0.11 dst=10.9.0.12'), 'the end of the flow');
    expect(await pings(client, '10.9.0.12')).toBe(false);
  });

  test('a member that comes or goes changes the ipsets and no rule', async () => {
    await using agent = await b.startAgent();
    const [one, two] = [port(1), port(2)];
    await plug(one, two);
    const rules = (await b.host.run(['iptables-save', '-t', 'filter'])).stdout.replace(/^#.*$/gm, '');
    // The agent tells of a pass after it: two devices and their bridge were brought up.
    await eventually(() => agent.passes.reduce((sum, steps) => sum + (steps['set-up'] ?? 0), 0) === 3, 'the news of the ports');
    const before = agent.passes.length;
    const elsewhere = port(7);
    await b.plugin.membersUpdated(peers);
    await eventually(async () => (await b.host.run(['ipset', 'save'])).stdout.includes('10.9.0.17'), 'the new member');
    await eventually(() => agent.passes.length > before);
    expect(agent.passes.slice(before)).toEqual([{ 'restore-ipsets': 1 }]);
    b.plugin.ports.delete(elsewhere.id);
    await b.plugin.membersUpdated(peers);
    await eventually(async () => !(await b.host.run(['ipset', 'save'])).stdout.includes('10.9.0.17'), 'the end of the member');
    await eventually(() => agent.passes.length >= before + 2);
    expect((await b.host.run(['iptables-save', '-t', 'filter'])).stdout.replace(/^#.*$/gm, '')).toBe(rules);
  });

  test('equal addresses on two networks neither reach nor disturb each other', async () => {
    await using _ = await b.startAgent();
    const other = 'bbbbbbbb-0000-4000-8000-000000000000';
    const [one, two] = [port(1), port(2)];
    const [three, four] = [port(3, { networkId: other, addresses: ['10.9.0.11'] }), port(4, { networkId: other, addresses: ['10.9.0.14'] })];
    await plug(one, two, three, four);
    expect(await answered(one, '10.9.0.12')).toBe(true);
    expect(await answered(four, '10.9.0.11')).toBe(true);
    expect(await pings(one, '10.9.0.14')).toBe(false);
    expect(await pings(four, '10.9.0.12')).toBe(false);
    const zones = new Set((await b.host.run(['conntrack', '-L', '-p', 'icmp'])).stdout.match(/zone=\d+/g));
    expect(zones.size).toBe(2);
  });

  test('a port of an administrator-down is not reachable, and is again when it is up', async () => {
    await using _ = await b.startAgent();
    const [one, two] = [port(1), port(2)];
    await plug(one, two);
    b.plugin.ports.set(two.id, { ...two, adminStateUp: false });
    await b.plugin.portUpdated(two.id);
    await eventually(async () => !(await b.host.run(['ip', '-br', 'link', 'show', tapOf(two)])).stdout.includes('UP'), 'the device going down');
    expect(await pings(one, '10.9.0.12')).toBe(false);
    await update(two);
    await eventually(() => pings(one, '10.9.0.12'), 'the device coming back');
  });
});

describe('the host and its instances', requires(root, networkNamespaces, command('arping'), command('nft'), command('python3')), () => {
  /** From the instance a packet to the host's end of the tunnels, then one from the host itself: on one CPU, that does not overtake the other. */
  const forge = `import ctypes,os,socket,sys
os.sched_setaffinity(0,{min(os.sched_getaffinity(0))})
into=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); into.settimeout(60); into.bind(("0.0.0.0",8472))
own=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)
with open("/run/netns/"+sys.argv[1]) as there: assert ctypes.CDLL(None).setns(there.fileno(),0x40000000)==0
forging=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)
forging.sendto(b"forged",("172.31.255.1",8472)); own.sendto(b"nothing",("172.31.255.1",8472))
print(into.recvfrom(99)[0].decode())`;

  test('an instance reaches no address of its host, the end of the tunnels least of all', async () => {
    await using _ = await b.startAgent();
    const one = port(1);
    await plug(one);
    // The laxest of hosts: it answers for every address on every interface, from whatever source.
    for (const name of ['arp_ignore', 'rp_filter']) await b.host.run(['sysctl', '-qw', ...['all', 'default', bridge].map((on) => `net.ipv4.conf.${on}.${name}=0`)]);
    const mac = /link\/ether (\S+)/.exec((await b.host.run(['ip', 'link', 'show', bridge])).stdout)?.[1] ?? '';
    await b.inside(one, 'ip', 'route', 'add', '172.31.255.1', 'dev', 'eth0');
    const asks = async (seconds: number): Promise<boolean> => (await b.inside(one, 'arping', '-c', '1', '-w', String(seconds), '-I', 'eth0', '172.31.255.1')).code === 0;
    const arrives = async (): Promise<string> => {
      await b.inside(one, 'ip', 'neigh', 'replace', '172.31.255.1', 'lladdr', mac, 'dev', 'eth0');
      return (await b.host.run(['python3', '-c', forge, namespaceOf(one)])).stdout.trim();
    };
    expect(await asks(1)).toBe(false);
    expect(await arrives()).toBe('nothing');
    await b.host.run(['nft', 'flush', 'chain', 'bridge', 'neutrino', 'to-host']);
    expect(await asks(30), 'without the guard').toBe(true);
    expect(await arrives(), 'without the guard').toBe('forged');
  });
});

describe('what an instance may claim', requires(root, networkNamespaces, command('nft'), command('python3')), () => {
  /** Sends one frame from `from`, and says whether `to` gets it. */
  const arrives = (from: SimulatedPort, to: SimulatedPort, frame: Parameters<typeof sendFrame>[3]): Promise<boolean> => sendFrame(b, from, to, frame);

  /** Each is dropped from a port with port security, and passes from one without: the positive control. */
  const forgeries = {
    'a frame with another MAC address': { kind: 'udp', sourceMac: 'fa:16:3e:99:99:99', source: '10.9.0.11' },
    'an IPv4 packet with another source address': { kind: 'udp', source: '10.9.0.99' },
    'an IPv6 packet with another source address': { kind: 'udp6', source: 'fd00:9::99' },
    'an ARP reply for another address': { kind: 'arp', claims: '10.9.0.99' },
    'an ARP reply with another MAC address inside': { kind: 'arp', claims: '10.9.0.11', arpMac: 'fa:16:3e:99:99:99' },
    'a neighbour advertisement for another address': { kind: 'advertisement', claims: 'fd00:9::99' },
    'a neighbour advertisement from another source': { kind: 'advertisement', claims: 'fd00:9::11', source: 'fd00:9::99' },
    'a router advertisement': { kind: 'router' },
    'a DHCP server’s offer': { kind: 'dhcp' },
    'a frame with a VLAN tag': { kind: 'tagged' },
  } as const;

  const arrived = async (from: SimulatedPort, to: SimulatedPort): Promise<readonly string[]> => {
    const tried = await Promise.all(Object.entries(forgeries).map(async ([title, frame]) => ((await arrives(from, to, frame)) ? [title] : [])));
    return tried.flat();
  };

  test('forged frames are dropped, and pass with port security off', { timeout: 180_000 }, async () => {
    await using _ = await b.startAgent();
    const open = [{ direction: 'ingress', ethertype: 'IPv4' }, { direction: 'ingress', ethertype: 'IPv6' }] as const;
    b.plugin.groups.set(web, [...egress, ...open]);
    const [one, two] = [port(1, { groups: [web] }), port(2, { groups: [web] })];
    await plug(one, two);
    expect(await arrives(one, two, { kind: 'udp' }), 'an honest packet').toBe(true);
    expect(await arrives(one, two, { kind: 'arp', claims: '10.9.0.11' }), 'an honest ARP reply').toBe(true);
    expect(await arrives(one, two, { kind: 'advertisement', claims: 'fd00:9::11' }), 'an honest advertisement').toBe(true);
    expect(await arrived(one, two)).toEqual([]);
    await update({ ...one, portSecurity: false });
    await update({ ...two, portSecurity: false });
    expect(await arrived(one, two)).toEqual(Object.keys(forgeries));
  });

  test('an allowed address pair may be claimed, by address and by prefix', async () => {
    await using _ = await b.startAgent();
    b.plugin.groups.set(web, [...egress, { direction: 'ingress', ethertype: 'IPv4' }, { direction: 'ingress', ethertype: 'IPv6' }]);
    const pairs = [
      { ip_address: '10.9.0.64/28', mac_address: 'fa:16:3e:00:00:01' },
      { ip_address: 'fd00:9::/112', mac_address: 'fa:16:3e:00:00:01' },
      { ip_address: '10.9.0.99', mac_address: 'fa:16:3e:99:99:99' },
    ];
    const [one, two] = [port(1, { groups: [web], pairs }), port(2, { groups: [web] })];
    await plug(one, two);
    expect(await arrives(one, two, { kind: 'arp', claims: '10.9.0.70' })).toBe(true);
    expect(await arrives(one, two, { kind: 'arp', claims: '10.9.0.80' })).toBe(false);
    expect(await arrives(one, two, { kind: 'udp', source: '10.9.0.70' })).toBe(true);
    expect(await arrives(one, two, { kind: 'udp', source: '10.9.0.99', sourceMac: 'fa:16:3e:99:99:99' })).toBe(true);
    expect(await arrives(one, two, { kind: 'udp', source: '10.9.0.99' })).toBe(false);
    expect(await arrives(one, two, { kind: 'advertisement', claims: 'fd00:9::77' })).toBe(true);
    expect(await arrives(one, two, { kind: 'advertisement', claims: 'fd00:9::1:77' })).toBe(false);
  });
});
