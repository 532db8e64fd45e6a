import { readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { neutrinoService } from '../support/neutrino-service.ts';
import { machineNetwork } from '../support/machine-network.ts';
import { requires, root } from '../support/capabilities.ts';

test('a second start finds all that was there', { timeout: 90_000 }, async () => {
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

test('a second service on the same state directory is refused, with a reason', { timeout: 90_000 }, async () => {
  await using service = await neutrinoService();
  await service.up();
  await expect(service.up()).rejects.toThrow(/already running|is running/);
});

test('secrets are readable by their owner only', { timeout: 90_000 }, async () => {
  await using service = await neutrinoService();
  const run = await service.up();
  for (const file of [service.state.cloudsYaml, service.state.openrc]) expect(statSync(file).mode & 0o077).toBe(0);
  expect(run.output()).not.toContain(/password: (\S+)/.exec(readFileSync(service.state.cloudsYaml, 'utf8'))?.[1] ?? 'no password');
});

test("the machine's own links, addresses, routes, rules, sysctls and firewall are the same while it runs and after it", { ...requires(root), timeout: 90_000 }, async () => {
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
