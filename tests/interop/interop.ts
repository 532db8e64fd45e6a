import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checkHighAvailability } from './check-high-availability.ts';
import { checkQueues } from './check-queues.ts';
import { checkRouters } from './check-routers.ts';
import { checkTakeover } from './check-takeover.ts';
import { linkType } from '../support/capabilities.ts';
import { checkAgents, checkNetwork, type NetworkKind } from './checks.ts';
import { combinations, nameOf, type Combination } from './combinations.ts';
import { type ComputeHosts, openInstallation, type Installation } from './installation.ts';
import { neutronAgents, neutronServer } from './needed.ts';
import type { Outcome } from './outcome.ts';
import { table } from './table.ts';

type Kind = NetworkKind | 'routers' | 'ha' | 'queues' | 'takeover';

/** Neutron's own programs with ours, in every combination: prints what held, and ends with 0 where everything did. */
const { values } = parseArgs({ options: { only: { type: 'string' }, kinds: { type: 'string', default: 'vxlan,flat,vlan,routers,ha,queues,takeover,l2population' }, logs: { type: 'string' } } });
const missing = [...neutronAgents, ...neutronServer].flatMap((capability) => capability.missing() ?? []);
if (missing.length === 0) process.exitCode = (await tryAll()) ? 0 : 1;
else {
  console.error(`interop cannot run here: ${missing.join('; ')}`);
  process.exitCode = 1;
}

async function tryAll(): Promise<boolean> {
  const chosen = combinations.filter((combination) => values.only === undefined || nameOf(combination).includes(values.only));
  const results = new Map<string, readonly Outcome[]>();
  for (const [server, same] of Map.groupBy(chosen, (combination) => combination.server)) {
    say(`starting the server: ${server}`);
    await using installation = await openInstallation(server);
    for (const combination of same) results.set(nameOf(combination), await tryOne(installation, combination));
  }
  console.log(table(results));
  return [...results.values()].flat().every(({ problem }) => problem === undefined);
}

async function tryOne(installation: Installation, combination: Combination): Promise<readonly Outcome[]> {
  const { api, hosts, outside } = installation;
  const asked = (values.kinds.split(',') as readonly Kind[]).filter((kind) => !isSkipped(kind, combination));
  const outcomes: Outcome[] = [];
  const note = (outcome: Outcome): void => {
    outcomes.push(outcome);
    say(`${nameOf(combination)}: ${outcome.check}: ${outcome.problem ?? 'ok'} (${outcome.seconds.toFixed(1)} s)`);
  };
  const lookAt = (kind: Kind, compute: ComputeHosts): Promise<void> => {
    if (kind === 'queues') return checkQueues(installation, compute, note);
    if (kind === 'ha') return checkHighAvailability(api, compute, outside, combination.server, note);
    if (kind === 'takeover') return checkTakeover(api, compute, outside, combination.agents[combination.routing.on], note);
    return kind === 'routers' ? checkRouters(api, compute, outside, note) : checkNetwork(api, compute, kind, note);
  };
  // Whether what is behind tunnels is told is written in the files of a host: those are other hosts.
  for (const l2Population of [false, true]) {
    const own = asked.filter((kind) => (kind === 'l2population') === l2Population);
    if (own.length === 0) continue;
    await using compute = await hosts(combination, { l2Population });
    note(await checkAgents(api, compute, l2Population ? 'l2population: ' : ''));
    for (const kind of own) await lookAt(kind, compute).catch((error: unknown) => note({ check: `${kind}: to the end`, problem: String(error), seconds: 0 }));
    keepLogs(combination, compute, l2Population ? 'l2population ' : '');
  }
  return outcomes;
}

/** Said aloud, as nothing is tried then. */
function isSkipped(kind: Kind, { server, agents }: Combination): boolean {
  const reason = kind === 'vlan' ? linkType('vlan').missing() : kind === 'queues' && (server !== 'ours' || agents.join() !== 'ours,neutron') ? '' : undefined;
  if (reason !== undefined && reason !== '') say(`${kind}: SKIPPED: ${reason}`);
  return reason !== undefined;
}

function keepLogs(combination: Combination, { agents }: ComputeHosts, prefix: string): void {
  if (values.logs !== undefined) {
    mkdirSync(values.logs, { recursive: true });
    for (const [name, program] of agents) writeFileSync(`${values.logs}/${`${prefix}${nameOf(combination)} ${name}`.replaceAll(/[ ,]+/g, '-')}.log`, program.output());
  }
}

function say(text: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
}
