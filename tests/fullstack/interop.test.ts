import { expect, test } from 'vitest';
import { checkAgents, checkNetwork, type Outcome } from '../interop/checks.ts';
import { openInstallation } from '../interop/installation.ts';
import { neutronAgents } from '../interop/needed.ts';
import { requires } from '../support/capabilities.ts';

test("Neutron's agents and ours serve one network under our server", { timeout: 600_000, ...requires(...neutronAgents) }, async () => {
  await using installation = await openInstallation('ours');
  await using compute = await installation.hosts(['ours', 'neutron']);
  const outcomes: Outcome[] = [await checkAgents(installation.api, compute)];
  await checkNetwork(installation.api, compute, 'vxlan', (outcome) => void outcomes.push(outcome));
  expect(outcomes.filter(({ problem }) => problem !== undefined)).toEqual([]);
});
