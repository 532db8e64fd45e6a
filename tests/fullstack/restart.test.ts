import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { JsonObject } from '@neutrino/lib/json';
import { neutrinoService } from '../support/neutrino-service.ts';
import { machineNetwork } from '../support/machine-network.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { command, networkNamespaces, requires, root } from '../support/capabilities.ts';

test('a second start finds all that was there', { timeout: 240_000 }, async () => {
  await using service = await neutrinoService();
  const first = await service.up();
  const admin = await service.admin();
  const { network } = (await admin.request('POST', '/v2.0/networks', { network: { name: 'kept' } })) as { network: { id: string } };
  const password = readFileSync(service.state.cloudsYaml, 'utf8');
  expect(await service.stop(first)).toBe(0);
  const second = await service.up();
  expect(readFileSync(service.state.cloudsYaml, 'utf8')).toBe(password);
  const again = await service.admin();
  expect(await again.request('GET', `/v2.0/networks/${network.id}`)).toMatchObject({ network: { name: 'kept' } });
  expect(await service.stop(second)).toBe(0);
});

test('a second service on the same state directory is refused, with a reason', { timeout: 240_000 }, async () => {
  await using service = await neutrinoService();
  await service.up();
  await expect(service.up()).rejects.toThrow(/already running|is running/);
});

test('secrets are readable by their owner only', { timeout: 240_000 }, async () => {
  await using service = await neutrinoService();
  const run = await service.up();
  for (const file of [service.state.cloudsYaml, service.state.openrc]) expect(statSync(file).mode & 0o077).toBe(0);
  expect(run.output()).not.toContain(/password: (\S+)/.exec(readFileSync(service.state.cloudsYaml, 'utf8'))?.[1] ?? 'no password');
});

test("the machine's own links, addresses, routes, rules, sysctls and firewall are the same while it runs and after it", { ...requires(root), timeout: 240_000 }, async () => {
  const before = await machineNetwork();
  await using service = await neutrinoService();
  const run = await service.up();
  const admin = await service.admin();
  const { network } = (await admin.request('POST', '/v2.0/networks', { network: { name: 'n' } })) as { network: { id: string } };
  await admin.request('POST', '/v2.0/subnets', { subnet: { network_id: network.id, ip_version: 4, cidr: '10.4.0.0/24' } });
  await service.neutrino('instance', 'create', 'one', '--network', 'n');
  expect(await machineNetwork()).toEqual(before);
  await service.stop(run);
  await service.neutrino('destroy');
  expect(await machineNetwork()).toEqual(before);
});

const routers = requires(root, networkNamespaces, command('dnsmasq'), command('udhcpc'), command('iptables'), command('ipset'), command('nft'));

test('a router goes on through kill -9 and the next start, which still knows how to remove it', { ...routers, timeout: 240_000 }, async () => {
  await using service = await neutrinoService();
  const first = await service.up();
  const admin = await service.admin();
  const make = async (kind: string, body: JsonObject): Promise<string> => String(((await admin.request('POST', `/v2.0/${kind}s`, { [kind]: body }))[kind] as JsonObject)['id']);
  const network_id = await make('network', { name: 'n' });
  const subnet_id = await make('subnet', { network_id, ip_version: 4, cidr: '10.5.0.0/24' });
  const router = await make('router', { name: 'r' });
  await admin.request('PUT', `/v2.0/routers/${router}/add_router_interface`, { subnet_id });
  await service.neutrino('instance', 'create', 'one', '--network', 'n');
  const pinged = (): Promise<string> => service.neutrino('instance', 'exec', 'one', '--', 'ping', '-q', '-n', '-c', '1', '-W', '30', '10.5.0.1').catch(String);
  await expect.poll(pinged, { timeout: 60_000 }).toContain('1 received');
  const host = service.host();
  const namespace = async (): Promise<string> => (await host.run(['stat', '-L', '-c', '%i', `/run/netns/qrouter-${router}`], { accept: [1] })).stdout;
  const before = await namespace();

  await service.kill9(first);
  expect(await pinged()).toContain('1 received');
  const second = await service.up();
  expect({ namespace: await namespace(), pinged: await pinged() }).toEqual({ namespace: before, pinged: expect.stringContaining('1 received') });
  await expect.poll(() => service.neutrino('status')).toMatch(/^neutron-l3-agent +:-\)/m);

  const again = await service.admin();
  await again.request('PUT', `/v2.0/routers/${router}/remove_router_interface`, { subnet_id });
  await again.request('DELETE', `/v2.0/routers/${router}`);
  await expect.poll(namespace, { timeout: 60_000 }).toBe('');
  expect(await service.stop(second)).toBe(0);
});

test('without routers on the server there is no L3 agent, and the start does not wait for one', { ...routers, timeout: 240_000 }, async () => {
  using directory = temporaryDirectory(0o755);
  const file = join(directory.path, 'bare.conf');
  writeFileSync(file, '[DEFAULT]\nservice_plugins =\n');
  await using service = await neutrinoService();
  await service.up('--config-file', file);
  const status = (): Promise<string> => service.neutrino('status');
  await expect.poll(status).toMatch(/^neutron-dhcp-agent +:-\)/m);
  expect(await status()).not.toContain('neutron-l3-agent');
});
