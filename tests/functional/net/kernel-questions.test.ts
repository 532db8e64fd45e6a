import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Link } from '@neutrino/agent/linux/link';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, networkNamespaces, requires, root } from '../../support/capabilities.ts';
import { privateHost, type TestHost } from '../../support/private-host.ts';

const execute = promisify(execFile);
const program = fileURLToPath(new URL('../../support/kernel-questions-process.ts', import.meta.url));

describe('what is asked of the kernel by netlink', requires(root, networkNamespaces, command('nft')), () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await privateHost();
  });
  afterAll(() => host[Symbol.asyncDispose]());

  const ask = async (): Promise<{ readonly links: readonly Link[]; readonly generation: number | undefined }> => {
    const [enter, ...args] = [...host.enter, process.execPath, '--conditions=neutrino-source', program];
    return JSON.parse((await execute(enter, args)).stdout) as Awaited<ReturnType<typeof ask>>;
  };

  test('links are what ip(8) says of them', async () => {
    await host.run(['ip', 'link', 'add', 'b0', 'type', 'bridge', 'stp_state', '1', 'forward_delay', '400']);
    await host.run(['ip', 'link', 'add', 'one0', 'mtu', '1400', 'type', 'veth', 'peer', 'name', 'two0', 'address', 'fa:16:3e:00:00:02']);
    await host.run(['ip', 'link', 'set', 'one0', 'master', 'b0', 'up']);
    await host.run(['ip', 'address', 'add', '10.1.2.3/24', 'dev', 'b0']);
    await host.run(['ip', 'address', 'add', 'fd00:1::3/64', 'dev', 'b0']);
    await host.run(['sysctl', '-w', 'net.ipv6.conf.two0.disable_ipv6=1']);
    const links = new Map((await ask()).links.map((link) => [link.name, link]));
    expect(links.get('b0')).toMatchObject({ kind: 'bridge', up: false, mtu: 1400, bridge: { stp: true, forwardDelay: 400 }, addresses: ['10.1.2.3/24', 'fd00:1::3/64'] });
    expect(links.get('one0')).toMatchObject({ kind: 'veth', up: true, mtu: 1400, master: 'b0' });
    expect(links.get('two0')).toMatchObject({ kind: 'veth', up: false, address: 'fa:16:3e:00:00:02', ipv6Off: true });
    expect(links.get('one0')).toMatchObject({ ipv6Off: false });
    expect(links.get('two0')).not.toHaveProperty('master');
    expect([...links.values()].filter(({ unnoticed }) => unnoticed)).toEqual([]);
    const { stdout } = await host.run(['ip', '-json', 'link']);
    const told = JSON.parse(stdout) as readonly { readonly ifindex: number; readonly ifname: string; readonly mtu: number }[];
    expect([...links.values()].map(({ index, name, mtu }) => ({ index, name, mtu }))).toEqual(told.map(({ ifindex: index, ifname: name, mtu }) => ({ index, name, mtu })));
  });

  test('of a bridge’s port is told that the bridge takes it for down though somebody is at its other end', async () => {
    await host.run(['ip', '-batch', '-'], { input: 'link add b1 type bridge\nlink set b1 up\nlink add one1 type veth peer name two1\nlink set two1 up\nlink set one1 master b1 up\n' });
    const unnoticed = async (): Promise<readonly string[]> => (await ask()).links.filter((link) => link.unnoticed).map(({ name }) => name);
    await expect.poll(unnoticed, { timeout: 60_000 }).toEqual([]);
    await host.run(['bridge', 'link', 'set', 'dev', 'one1', 'state', '0']);
    expect(await unnoticed()).toEqual(['one1']);
    await host.run(['ip', 'link', 'set', 'two1', 'down']);
    await expect.poll(unnoticed, { timeout: 60_000 }).toEqual([]);
  });

  test('the generation of the ruleset counts each transaction of nft and each table of a restore, and nothing else', async () => {
    const before = (await ask()).generation ?? 0;
    await host.run(['nft', '-f', '-'], { input: 'table bridge x {\n  set s { type ifname; }\n}\nadd element bridge x s { "tap0" }\n' });
    expect((await ask()).generation).toBe(before + 1);
    await host.run(['iptables-nft-restore', '--noflush'], { input: '*filter\n:ours - [0:0]\n-A ours -j DROP\n-I FORWARD 1 -j ours\nCOMMIT\n*raw\n:ours - [0:0]\nCOMMIT\n' });
    expect((await ask()).generation).toBe(before + 3);
    await host.run(['iptables-nft-save']);
    await host.run(['nft', 'list', 'ruleset']);
    expect((await ask()).generation).toBe(before + 3);
  });
});
