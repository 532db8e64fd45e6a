import { expect, test } from 'vitest';
import { checkAgents, checkNetwork } from '../interop/checks.ts';
import { openInstallation } from '../interop/installation.ts';
import { neutronAgents } from '../interop/needed.ts';
import type { Outcome } from '../interop/outcome.ts';
import { requires } from '../support/capabilities.ts';

test("Neutron's agents and ours serve one network under our server", { timeout: 600_000, ...requires(...neutronAgents) }, async () => {
  await using installation = await openInstallation('ours');
  await using compute = await installation.hosts({ agents: ['ours', 'neutron'], routing: { make: 'neutron', on: 0 } });
  const outcomes: Outcome[] = [await checkAgents(installation.api, compute)];
  await checkNetwork(installation.api, compute, 'vxlan', (outcome) => void outcomes.push(outcome));
  expect(outcomes.filter(({ problem }) => problem !== undefined)).toEqual([]);
});
