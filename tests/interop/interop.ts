import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checkHighAvailability } from './check-high-availability.ts';
import { checkRouters } from './check-routers.ts';
import { checkTakeover } from './check-takeover.ts';
import { checkAgents, checkNetwork, type NetworkKind } from './checks.ts';
import { combinations, nameOf, type Combination } from './combinations.ts';
import { openInstallation, type Installation } from './installation.ts';
import { neutronAgents, neutronServer } from './needed.ts';
import type { Outcome } from './outcome.ts';
import { table } from './table.ts';

type Kind = NetworkKind | 'routers' | 'ha' | 'takeover';

/** Neutron's own programs with ours, in every combination: prints what held, and ends with 0 where everything did. */
const { values } = parseArgs({ options: { only: { type: 'string' }, kinds: { type: 'string', default: 'vxlan,flat,routers,ha,takeover' }, logs: { type: 'string' } } });
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

async function tryOne({ api, hosts, outside }: Installation, combination: Combination): Promise<readonly Outcome[]> {
  await using compute = await hosts(combination);
  const outcomes: Outcome[] = [];
  const note = (outcome: Outcome): void => {
    outcomes.push(outcome);
    say(`${nameOf(combination)}: ${outcome.check}: ${outcome.problem ?? 'ok'} (${outcome.seconds.toFixed(1)} s)`);
  };
  const lookAt = (kind: Kind): Promise<void> => {
    if (kind === 'ha') return checkHighAvailability(api, compute, outside, combination.server, note);
    if (kind === 'takeover') return checkTakeover(api, compute, outside, combination.agents[combination.routing.on], note);
    return kind === 'routers' ? checkRouters(api, compute, outside, note) : checkNetwork(api, compute, kind, note);
  };
  note(await checkAgents(api, compute));
  for (const kind of values.kinds.split(',') as readonly Kind[]) {
    await lookAt(kind).catch((error: unknown) => note({ check: `${kind}: to the end`, problem: String(error), seconds: 0 }));
  }
  if (values.logs !== undefined) {
    mkdirSync(values.logs, { recursive: true });
    for (const [name, program] of compute.agents) writeFileSync(`${values.logs}/${`${nameOf(combination)} ${name}`.replaceAll(/[ ,]+/g, '-')}.log`, program.output());
  }
  return outcomes;
}

function say(text: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
}
