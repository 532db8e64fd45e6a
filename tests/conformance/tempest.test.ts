import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { command, networkNamespaces, requires, root } from '../support/capabilities.ts';
import { realKeystone } from '../support/keystone.ts';
import { realRabbit } from '../support/rabbitmq.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** As much as takes a minute or two; `make conformance` runs all. */
const select = String.raw`^(tempest\.api\.network\.(test_(floating_ips|networks|ports|routers|security_groups|subnetpools_extensions|extensions|tags)\.|admin\.)|neutron_tempest_plugin\.api\.(test_(address_scopes|address_groups|revisions|subnetpools|timestamp)\.|admin\.test_(agent|dhcp|shared)))`;

test('what of Tempest passes on the real Neutron passes here', { ...requires(root, networkNamespaces, realKeystone, realRabbit, command('stestr'), command('tempest')), timeout: 900_000 }, async () => {
  using directory = temporaryDirectory(0o755);
  const script = join(import.meta.dirname, 'tempest-conformance.ts');
  const child = spawn(process.execPath, ['--conditions=neutrino-source', script, '--select', select, '--output', join(directory.path, 'results')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  expect(output).toMatch(/, (\d+) do not pass here \(\1 of them known\)/);
  expect(child.exitCode, output).toBe(0);
});
