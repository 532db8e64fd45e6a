import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultMetadataSettings } from '@neutrino/agent/metadata/metadata-settings';
import { describe, expect, test } from 'vitest';
import { command, networkNamespaces, requires, root } from '../../support/capabilities.ts';
import { type AgentsHost, agentsHost, bridgeNetwork, eventually, leaseOf, plugInstance } from './dhcp-agents-host.ts';
import { instancePort, testNetwork, testPort } from './dhcp-scripted-server.ts';

const SECRET = 'the-shared-secret';
const METADATA = 'http://169.254.169.254';

describe('metadata on an isolated network', requires(root, networkNamespaces, command('dnsmasq'), command('udhcpc'), command('curl')), () => {
  test("a request reaches Nova signed with the instance's identity, whatever the instance claims", async () => {
    await using agents = await metadataHost();
    await using _nova = await startNova(agents, SECRET);
    const network = testNetwork({ cidr: '10.40.0.0/24', gateway_ip: '10.40.0.1' });
    // Another network with the same addresses.
    const twin = testNetwork({ cidr: '10.40.0.0/24' });
    const port = instancePort(network, '10.40.0.5', { tenant_id: 'project-a' });
    const victim = instancePort(twin, '10.40.0.5', { tenant_id: 'project-b' });
    agents.server.networks.set(network.id, { ...network, ports: [port] });
    agents.server.networks.set(twin.id, { ...twin, ports: [victim] });
    await agents.start();
    const instance = await bootInstance(agents, network.id, port);

    const { status, answer } = await get(agents, instance, '/openstack/latest/meta_data.json?x=1&y=2');
    expect(status).toBe(200);
    expect(answer).toMatchObject({ method: 'GET', url: '/openstack/latest/meta_data.json?x=1&y=2' });
    expect(answer?.headers).toMatchObject({ 'x-instance-id': port.device_id, 'x-tenant-id': 'project-a', 'x-forwarded-for': '10.40.0.5' });

    const spoofed = await get(
      agents, instance, '/latest/meta-data',
      '-H', `X-Neutron-Network-ID: ${twin.id}`, '-H', `X_Neutron_Network_ID: ${twin.id}`, '-H', 'X-Neutron-Router-ID: 1',
      '-H', `X-Instance-ID: ${victim.device_id}`, '-H', 'X-Tenant-ID: project-b', '-H', 'X-Forwarded-For: 10.40.0.77', '-H', 'X-Instance-ID-Signature: 00',
    );
    expect(spoofed.status).toBe(200);
    expect(spoofed.answer?.headers).toMatchObject({ 'x-instance-id': port.device_id, 'x-tenant-id': 'project-a', 'x-forwarded-for': '10.40.0.5' });
    expect(JSON.stringify(spoofed.answer)).not.toMatch(/x.neutron|project-b|10\.40\.0\.77/i);

    expect((await get(agents, instance, '/missing')).status, "Nova's own answers are passed on").toBe(404);
    const posted = await get(agents, instance, '/openstack/latest/password', '-d', 'secret password');
    expect(posted.answer).toMatchObject({ method: 'POST', body: 'secret password' });
    await agents.host.run(['sh', '-c', 'head -c 2000000 /dev/zero > "$0"', join(agents.settings.stateDirectory, 'big')]);
    const tooBig = await get(agents, instance, '/big', '--data-binary', `@${join(agents.settings.stateDirectory, 'big')}`);
    expect(tooBig.status).toBe(413);
    expect(agents.log()).not.toContain(SECRET);
    expect([...new Set(agents.server.reports.map((report) => (report['agent_state'] as { agent_type: string }).agent_type))].toSorted()).toEqual(['DHCP agent', 'Metadata agent']);
  });

  test('an address that no port has gets 404, and a Nova that is away 503 until it is back', async () => {
    await using agents = await metadataHost();
    const network = testNetwork({ cidr: '10.40.0.0/24' });
    const port = instancePort(network, '10.40.0.5');
    agents.server.networks.set(network.id, { ...network, ports: [port] });
    await agents.start();
    const instance = await bootInstance(agents, network.id, port);
    expect((await get(agents, instance, '/')).status).toBe(503);
    await using _nova = await startNova(agents, SECRET);
    expect((await get(agents, instance, '/')).status).toBe(200);
    await agents.host.run(['ip', '-n', instance, 'address', 'add', '10.40.0.9/24', 'dev', 'eth0']);
    expect((await get(agents, instance, '/', '--interface', '10.40.0.9')).status).toBe(404);
  });

  test('a router on the gateway address takes metadata over, and gives it back', async () => {
    await using agents = await metadataHost();
    await using _nova = await startNova(agents, SECRET);
    const network = testNetwork({ cidr: '10.40.0.0/24', gateway_ip: '10.40.0.1' });
    const port = instancePort(network, '10.40.0.5');
    agents.server.networks.set(network.id, { ...network, ports: [port] });
    await agents.start();
    const instance = await bootInstance(agents, network.id, port);
    expect((await get(agents, instance, '/')).status).toBe(200);
    const router = testPort(network, { device_owner: 'network:router_interface', fixed_ips: [{ subnet_id: network.subnets[0]?.id ?? '', ip_address: '10.40.0.1' }] });
    await agents.server.putPort(router);
    await eventually('the proxy listens no longer', async () => (await get(agents, instance, '/')).status === 0);
    expect((await leaseOf(agents, instance, 'staticroutes'))?.['staticroutes']).toContain('169.254.169.254/32 10.40.0.1');
    await agents.server.deletePort(network.id, router.id);
    await eventually('the proxy listens again', async () => (await get(agents, instance, '/')).status === 200);
  });

  test("a proxy that Neutron's agent left is ended, and ours answers in its place", requires(command('haproxy')), async () => {
    await using agents = await metadataHost();
    await using _nova = await startNova(agents, SECRET);
    const network = testNetwork({ cidr: '10.40.0.0/24' });
    const port = instancePort(network, '10.40.0.5');
    agents.server.networks.set(network.id, { ...network, ports: [port] });
    const { configurations, pids } = agents.settings.formerProxies;
    const [file, pidFile] = [join(configurations, `${network.id}.conf`), join(pids, `${network.id}.pid.haproxy`)];
    for (const folder of [configurations, pids]) mkdirSync(folder, { recursive: true });
    writeFileSync(file, `global\n  pidfile ${pidFile}\n  daemon\ndefaults\n  mode http\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\nlisten listener\n  bind 0.0.0.0:80\n  http-request return status 418\n`);
    await agents.host.run(['ip', 'netns', 'add', `qdhcp-${network.id}`]);
    await agents.host.run(['haproxy', '-f', file], { netns: `qdhcp-${network.id}` });
    await agents.start();
    const instance = await bootInstance(agents, network.id, port);
    expect((await get(agents, instance, '/')).answer?.headers).toMatchObject({ 'x-instance-id': port.device_id });
    expect([file, pidFile].filter((each) => existsSync(each))).toEqual([]);
  });

  test('the link-local IPv6 address answers too', async () => {
    await using agents = await metadataHost();
    await using _nova = await startNova(agents, SECRET);
    const network = testNetwork({ cidr: '10.40.0.0/24' }, { cidr: 'fd00:40::/64', ip_version: 6, ipv6_address_mode: 'slaac', ipv6_ra_mode: 'slaac' });
    const port = instancePort(network, '10.40.0.5');
    agents.server.networks.set(network.id, { ...network, ports: [port] });
    await agents.start();
    const instance = await bootInstance(agents, network.id, port);
    const reached = await eventually('duplicate address detection has ended', async () => {
      const result = await get(agents, instance, '/v6', '--connect-to', '::[fe80::a9fe:a9fe%eth0]:80');
      return result.status === 200 && result;
    });
    expect(reached.answer?.headers).toMatchObject({ 'x-instance-id': port.device_id });
    expect(reached.answer?.headers['x-forwarded-for']).toMatch(/^fe80::/);
  });
});

/** A host with both agents, which know Nova at a port where the test may start one. */
function metadataHost(): Promise<AgentsHost> {
  return agentsHost({
    dhcp: { enableIsolatedMetadata: true },
    metadata: (stateDirectory) => ({ ...defaultMetadataSettings(stateDirectory), sharedSecret: SECRET }),
  });
}

async function startNova(agents: AgentsHost, secret: string): Promise<AsyncDisposable> {
  const argv = [...agents.host.enter, process.execPath, join(import.meta.dirname, 'metadata-nova-process.ts'), '8775', secret];
  const nova = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(nova.stdout, 'data');
  return {
    async [Symbol.asyncDispose]() {
      const ended = once(nova, 'exit');
      nova.kill('SIGKILL');
      await ended;
    },
  };
}

/** Plugs the instance, and gives it its address and the route to the metadata address. */
async function bootInstance(agents: AgentsHost, networkId: string, port: ReturnType<typeof instancePort>): Promise<string> {
  const network = agents.server.networks.get(networkId);
  if (network === undefined) throw new Error('no such network');
  const instance = await plugInstance(agents, await bridgeNetwork(agents, network), port);
  const lease = await leaseOf(agents, instance, 'staticroutes');
  const [, nextHop = ''] = /169\.254\.169\.254\/32 (\S+)/.exec(lease?.['staticroutes'] ?? '') ?? [];
  await agents.host.run(['ip', '-n', instance, 'route', 'replace', '169.254.169.254/32', 'via', nextHop, 'dev', 'eth0']);
  return instance;
}

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Status 0 where nothing listens. */
async function get(agents: AgentsHost, instance: string, path: string, ...options: readonly string[]): Promise<{ status: number; answer?: Echo }> {
  const { stdout } = await agents.host.run(['curl', '-s', '-m', '60', '-w', '\n%{http_code}', ...options, METADATA + path], {
    netns: instance,
    accept: [7, 28, 52, 55, 56],
  });
  const cut = stdout.lastIndexOf('\n');
  const status = Number(stdout.slice(cut + 1));
  return status === 200 ? { status, answer: JSON.parse(stdout.slice(0, cut)) as Echo } : { status };
}
