import { expect, test } from 'vitest';
import { checkRouters } from '../interop/check-routers.ts';
import { checkAgents, checkNetwork } from '../interop/checks.ts';
import { openInstallation } from '../interop/installation.ts';
import { neutronAgents } from '../interop/needed.ts';
import type { Outcome } from '../interop/outcome.ts';
import { checkFloatingIps } from '../interop/routers/floating-ips.ts';
import { checkTraffic } from '../interop/routers/traffic.ts';
import { requires } from '../support/capabilities.ts';

test("Neutron's agents and ours serve one network and a router under our server", { timeout: 1_800_000, ...requires(...neutronAgents) }, async () => {
  await using installation = await openInstallation('ours');
  await using compute = await installation.hosts({ agents: ['ours', 'neutron'], routing: { make: 'neutron', on: 0, other: 'ours' } });
  const outcomes: Outcome[] = [await checkAgents(installation.api, compute)];
  const note = (outcome: Outcome): void => void outcomes.push(outcome);
  await checkNetwork(installation.api, compute, 'vxlan', note);
  await checkRouters(installation.api, compute, installation.outside, note, [checkTraffic, checkFloatingIps]);
  expect(outcomes.filter(({ problem }) => problem !== undefined)).toEqual([]);
});
