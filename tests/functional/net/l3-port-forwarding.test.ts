import { randomUUID } from 'node:crypto';
import type { JsonObject } from '@neutrino/lib/json';
import type { RouterInfo } from '@neutrino/lib/rpc/router-payloads';
import { describe, expect, test } from 'vitest';
import { command, networkNamespaces, requires, root } from '../../support/capabilities.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import { l3Host, type L3Host } from './l3-host.ts';
import { router, routerPort, subnet } from './l3-scripted-server.ts';

const soon = { timeout: 60_000 };
const FLOATING = '203.0.113.50';

interface Scene {
  readonly own: RouterInfo;
  readonly floatingIp: string;
  /** Gives the router these forwardings, and tells of the last one. */
  forward(...forwardings: readonly (readonly [external: string, address: string, internal: string, protocol?: string])[]): Promise<void>;
  /** What a connection from a machine to a port says; "" where there is none within a second. */
  says(machine: string, port: number): Promise<string>;
  /** The same, of a connection that is to be there, in the time that a busy machine may take. */
  tells(machine: string, port: number): Promise<string>;
}

/** Two machines inside, each of which tells on each of its ports who it is, and one outside. */
async function scene(host: L3Host): Promise<Scene> {
  const internal = routerPort([subnet('10.1.0.0/24')], ['10.1.0.1']);
  const gateway = routerPort([subnet('203.0.113.0/24')], ['203.0.113.10']);
  const floatingIp = randomUUID();
  const own = router({ _interfaces: [internal], gw_port: gateway });
  host.server.routers.set(own.id, own);
  await host.start();
  await host.network('inside', internal);
  await host.network('outside', gateway);
  for (const [name, address] of [['one', '10.1.0.5'], ['two', '10.1.0.6']] as const) {
    await host.machine(name, 'inside', [`${address}/24`], ['10.1.0.1']);
    await host.host.run(['sh', '-c', `for port in 22 80 9000 9001 9002; do socat TCP-LISTEN:$port,fork,reuseaddr SYSTEM:'echo ${name}-$SOCAT_SOCKPORT; cat' >/dev/null 2>&1 & done`], { netns: name });
  }
  await host.machine('world', 'outside', ['203.0.113.1/24']);
  // Who is there says something and hangs up when the client does.
  const connected = async (machine: string, port: number, seconds: number): Promise<string> =>
    (await host.on(machine, 'socat', '-t', '30', '-', `TCP:${FLOATING}:${port},connect-timeout=${seconds}`)).stdout.trim();
  return {
    own,
    floatingIp,
    async forward(...forwardings) {
      host.server.forwardings.clear();
      const objects = forwardings.map(([external, address, inside, protocol = 'tcp']): JsonObject => ({
        id: randomUUID(), floatingip_id: floatingIp, router_id: own.id, floating_ip_address: FLOATING, protocol, external_port_range: external, internal_port_range: inside, internal_ip_address: address, internal_port_id: randomUUID(), description: '',
      }));
      for (const object of objects) host.server.forwardings.set(String(object['id']), object);
      host.server.routers.set(own.id, { ...own, ...(objects.length > 0 && { _pf_floatingips: [{ id: floatingIp, floating_ip_address: FLOATING, status: host.server.statuses.get(floatingIp) ?? 'DOWN' }] }) });
      await host.server.push('PortForwarding', '1.3', { router_id: own.id, ...objects.at(-1) });
    },
    says: (machine, port) => connected(machine, port, 1),
    tells: (machine, port) => connected(machine, port, 30),
  };
}

describe('port forwardings of a router', requires(root, networkNamespaces, command('iptables'), command('socat')), () => {
  test('lead from ports of a floating IP to those inside, for as long as they are there', async () => {
    await using host = await l3Host({ extensions: ['port_forwarding'] });
    const { forward, says, tells, floatingIp } = await scene(host);
    expect(await says('world', 8080)).toBe('');
    await forward(['8080:8080', '10.1.0.5', '80:80'], ['7000:7002', '10.1.0.6', '9000:9002'], ['2200:2210', '10.1.0.6', '22:22'], ['5:5', '10.1.0.6', '5:5', 'icmp']);
    await expect.poll(() => says('world', 8080), soon).toBe('one-80');
    expect([await tells('world', 7000), await tells('world', 7001), await tells('world', 7002)]).toEqual(['two-9000', 'two-9001', 'two-9002']);
    expect([await tells('world', 2200), await tells('world', 2210)]).toEqual(['two-22', 'two-22']);
    expect(await says('world', 7003)).toBe('');
    // From inside too, also by whom they lead to.
    expect([await tells('two', 8080), await tells('one', 8080)]).toEqual(['one-80', 'one-80']);
    await expect.poll(() => host.server.statuses.get(floatingIp), soon).toBe('ACTIVE');
    const passes = host.passes().length;
    await forward(['8080:8080', '10.1.0.6', '80:80']);
    await expect.poll(() => says('world', 8080), soon).toBe('two-80');
    expect(await says('world', 7000)).toBe('');
    await expect.poll(() => host.passes().slice(passes).flat(), soon).toEqual(['replace-tables', 'forget-forwarded-flows']);
    await forward();
    await expect.poll(() => says('world', 8080), soon).toBe('');
    await expect.poll(() => host.server.statuses.get(floatingIp), soon).toBe('DOWN');
    expect(await host.reaches('world', FLOATING)).toBe(false);
  });

  test('take only connections along that they themselves lead elsewhere, and a restart takes none', async () => {
    await using host = await l3Host({ extensions: ['port_forwarding'] });
    using temporary = temporaryDirectory(0o755);
    const directory = temporary.path;
    const { forward, says } = await scene(host);
    await forward(['8080:8080', '10.1.0.5', '80:80'], ['8081:8081', '10.1.0.5', '9000:9000']);
    await expect.poll(() => says('world', 8081), soon).toBe('one-9000');
    /** A connection that sends what it is told to into a pipe, and keeps what it hears. */
    const connect = (port: number): Promise<unknown> => host.host.run(['sh', '-c', `mkfifo ${directory}/in-${port}; (socat - TCP:${FLOATING}:${port} <${directory}/in-${port} >${directory}/out-${port} 2>/dev/null &) ; (exec 3>${directory}/in-${port}; sleep 600) >/dev/null 2>&1 &`], { netns: 'world' });
    const heard = async (port: number, text: string): Promise<string> => {
      await host.host.run(['sh', '-c', `echo ${text} >${directory}/in-${port}`], { netns: 'world' });
      return (await host.host.run(['cat', `${directory}/out-${port}`])).stdout;
    };
    await connect(8080);
    await connect(8081);
    await expect.poll(() => heard(8080, 'hello'), soon).toContain('hello');
    await expect.poll(() => heard(8081, 'hello'), soon).toContain('hello');
    await host.kill();
    await host.start();
    await expect.poll(() => heard(8080, 'restarted'), soon).toContain('restarted');
    await forward(['8080:8080', '10.1.0.6', '80:80'], ['8081:8081', '10.1.0.5', '9000:9000']);
    await expect.poll(() => says('world', 8080), soon).toBe('two-80');
    await expect.poll(() => heard(8081, 'still'), soon).toContain('still');
    expect(await heard(8080, 'moved')).not.toContain('moved');
  });

  test('are not looked at where the agent is not to have them', async () => {
    await using host = await l3Host();
    const { forward, own } = await scene(host);
    await forward(['8080:8080', '10.1.0.5', '80:80']);
    await host.server.put(host.server.routers.get(own.id) ?? own);
    await expect.poll(() => host.server.asked.length, soon).toBeGreaterThan(1);
    expect((await host.host.run(['iptables-save'], { netns: `qrouter-${own.id}` })).stdout).not.toContain(FLOATING);
    expect(host.server.reports[0]?.['agent_state']).not.toHaveProperty('resource_versions');
  });
});

describe('connection tracking helpers of a router', requires(root, networkNamespaces, command('iptables')), () => {
  test('are there as far as the kernel has them, in both families, and go with their rules', async () => {
    await using host = await l3Host({ extensions: ['conntrack_helper'] });
    const own = router({ _interfaces: [routerPort([subnet('10.1.0.0/24')], ['10.1.0.1'])] });
    const raw = async (family = 'iptables'): Promise<readonly string[]> => (await host.host.run([`${family}-save`, '-t', 'raw'], { netns: `qrouter-${own.id}`, accept: [1] })).stdout.split('\n').filter((line) => line.startsWith('-A'));
    const have = async (...helpers: readonly (readonly [string, string, number])[]): Promise<void> => {
      host.server.routers.set(own.id, { ...own, conntrack_helpers: helpers.map(([helper, protocol, port]) => ({ helper, protocol, port })) });
      await host.server.push('ConntrackHelper', '1.0', { router_id: own.id, id: randomUUID() });
    };
    host.server.routers.set(own.id, own);
    await host.start();
    const way = ['-A PREROUTING -j neutron-l3-agent-PREROUTING', '-A neutron-l3-agent-PREROUTING -j neutron-l3-agent-cth'];
    const both = [...way, '-A neutron-l3-agent-cth -p tcp -m tcp --dport 21 -j CT --helper ftp', '-A neutron-l3-agent-cth -p udp -m udp --dport 69 -j CT --helper tftp'];
    await have(['tftp', 'udp', 69], ['no-such', 'tcp', 99], ['ftp', 'tcp', 21]);
    await expect.poll(() => raw(), soon).toEqual(both);
    await expect.poll(() => raw('ip6tables'), soon).toEqual(both);
    await expect.poll(() => host.log(), soon).toContain('the kernel of this host has no connection tracking helper \\"no-such\\" for tcp');
    await have(['ftp', 'tcp', 2121]);
    await expect.poll(() => raw(), soon).toEqual([...way, '-A neutron-l3-agent-cth -p tcp -m tcp --dport 2121 -j CT --helper ftp']);
    await host.host.run(['iptables', '-t', 'raw', '-F'], { netns: `qrouter-${own.id}` });
    await host.server.put(host.server.routers.get(own.id) ?? own);
    await expect.poll(async () => (await raw()).length, soon).toBe(3);
    await have();
    await expect.poll(() => raw(), soon).toEqual([]);
    await expect.poll(() => raw('ip6tables'), soon).toEqual([]);
  });
});
