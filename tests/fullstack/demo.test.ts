import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { command, networkNamespaces, requires, root as asRoot } from '../support/capabilities.ts';
import { machineNetwork } from '../support/machine-network.ts';
import { root } from '../support/neutrino-service.ts';

const needs = requires(asRoot, networkNamespaces, command('dnsmasq'), command('udhcpc'), command('iptables'), command('ipset'), command('nft'));

test('the demonstration succeeds, and leaves the machine as it was', { ...needs, timeout: 400_000 }, async () => {
  const before = await machineNetwork();
  const { stdout } = await promisify(execFile)(join(root, 'bin/neutrino'), ['demo']);
  expect(stdout).toContain('All of it worked');
  expect(stdout).toMatch(/ok .*a router joins the two networks[^]*ok .*203\.0\.113\.1 sees 203\.0\.113\.\d+[^]*ok .*a floating IP leads the outside host to bob/);
  expect(stdout).not.toContain('FAILED');
  expect(await machineNetwork()).toEqual(before);
});
