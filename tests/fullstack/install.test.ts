import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bootWith, controllerMachine, installationMachine } from '../install/controller-machine.ts';
import { requires } from '../support/capabilities.ts';
import { runProgram } from '../support/run-program.ts';

const project = join(import.meta.dirname, '../..');

// `make install-vm` goes the whole way.
test('docs/install.md as far as it goes without database and broker, on a machine that systemd has booted', { timeout: 900_000, ...requires(...installationMachine) }, async () => {
  // Where it is built already, it stays as it is: other tests run what is built.
  await runProgram([join(project, 'scripts/build.sh'), 'packages/server/dist/cmd/neutron-server.js'], { PATH: process.env['PATH'] ?? '' });
  using machine = controllerMachine(1024);
  const { status, stdout, stderr } = await bootWith(machine, 'without-services-process.ts', { timeoutMs: 890_000 });
  expect({ status, stderr, stdout }).toMatchObject({ status: 0 });
  expect(stdout).toContain('both end in good order, and nothing failed');
});
