import { parseArgs } from 'node:util';
import { hostNamespaces } from '../support/capabilities.ts';
import { controllerServicesHere } from '../support/hosts/controller-services.ts';
import type { Instance } from '../support/hosts/instance.ts';
import { debianNeutron, type Make } from '../support/hosts/neutron-programs.ts';
import { openTwoHostsLab } from '../support/hosts/two-hosts-lab.ts';
import { bootOn, createProviderNetwork, verifyInstance } from './guests.ts';
import { prompt } from './prompt.ts';
import { createRoutedNetwork, startRouting, verifyRouting, withRouters } from './routing.ts';
import { clients, neutron, verifyAgents, verifyExtensions, type Verdict } from './verification.ts';

const USAGE = `make lab brings up the installation of etc/examples/two-hosts on hosts in namespaces, and boots an instance on each.

  --computes N             compute hosts beside the controller (1)
  --server ours|debian     whose server: this project's (the default) or Debian's package of Neutron
  --agents ours|debian     whose agents
  --l3                     with routers: an L3 agent on the controller, a network behind a router, and a floating IP
  --verify                 what the guide's verification shows, with a verdict on each line
  --exit                   end after that: with 0 where all is well, else 1
`;

const started = performance.now();
const say = (text: string): void => void process.stderr.write(`${`${((performance.now() - started) / 1000).toFixed(1)} s`.padStart(7)}  ${text}\n`);

const { values } = parseArgs({
  options: {
    computes: { type: 'string', default: '1' }, server: { type: 'string', default: 'ours' }, agents: { type: 'string', default: 'ours' }, l3: { type: 'boolean', default: false },
    verify: { type: 'boolean', default: false }, exit: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
  },
});

function makeOf(option: 'server' | 'agents'): Make {
  const value = values[option];
  if (value !== 'ours' && value !== 'debian') throw new Error(`--${option} is ours or debian, not ${value}`);
  return value;
}

/** Prints each; gives how many are wrong. */
function judge(title: string, verdicts: readonly Verdict[]): number {
  process.stdout.write(`\n${title}\n${verdicts.map(({ what, wrong }) => `  ${wrong === undefined ? 'ok   ' : 'WRONG'}  ${what}${wrong === undefined ? '' : `: ${wrong}`}\n`).join('')}`);
  return verdicts.filter(({ wrong }) => wrong !== undefined).length;
}

async function run(): Promise<number> {
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [server, agents] = [makeOf('server'), makeOf('agents')];
  const computes = Number(values.computes);
  if (!Number.isInteger(computes) || computes < 0 || computes > 80) throw new Error(`--computes is a number from 0 to 80, not ${values.computes}`);
  const missing = [hostNamespaces, ...controllerServicesHere, ...(server === 'debian' || agents === 'debian' ? debianNeutron : [])].map((capability) => capability.missing()).filter((reason) => reason !== undefined);
  if (missing.length > 0) throw new Error(`this machine cannot have a lab: it ${missing.join('; ')}`);

  await using lab = await openTwoHostsLab({ computes, server, agents: () => agents, tell: say, ...(values.l3 && { change: withRouters }) });
  if (values.l3) await startRouting(lab, agents);
  await lab.untilAlive(2 + lab.hosts.length + (values.l3 ? 1 : 0), 120_000);
  say('every agent is alive');
  const network = await createProviderNetwork(lab, values.l3 ? { 'router:external': true } : {});
  const instances: Instance[] = await Promise.all(lab.hosts.map((host, index) => bootOn(lab, host, network, `instance-${index + 1}`)));
  say(instances.map(({ record, address, host }) => `${record.name} has ${address} on ${host.name}`).join(', '));
  const routed = values.l3 ? await createRoutedNetwork(lab, network) : undefined;
  if (routed !== undefined) say(`behind the router: ${routed.instances.map(({ record, address, host }) => `${record.name} has ${address} on ${host.name}`).join(', ')}; ${routed.floatingIp.address} leads to ${routed.floatingIp.instance.record.name}`);

  let wrong = 0;
  if (values.verify) {
    process.stdout.write(`\n$ neutron agent-list\n${await neutron(lab, ['agent-list', '-c', 'agent_type', '-c', 'host', '-c', 'availability_zone', '-c', 'alive', '-c', 'admin_state_up', '-c', 'binary'])}`);
    process.stdout.write(`\n$ neutron ext-list\n${await neutron(lab, ['ext-list'])}`);
    for (const client of clients) {
      wrong += judge(`The agents, as ${client} shows them:`, await verifyAgents(lab, client));
      wrong += judge(`The extensions, as ${client} shows them:`, await verifyExtensions(lab, client));
    }
    const verdicts = await Promise.all(instances.map((instance) => verifyInstance(lab, instance, instances.filter((other) => other !== instance))));
    wrong += judge('The instances:', verdicts.flat());
    if (routed !== undefined) wrong += judge('The router:', await verifyRouting(lab, routed));
    process.stdout.write(wrong === 0 ? '\nAll is well.\n' : `\n${wrong} of these are wrong.\n`);
    say('verified');
  }
  if (!values.exit) await prompt(lab, new Map([['provider', network], ...(routed === undefined ? [] : [['selfservice', routed.id] as const])]), [...instances, ...(routed?.instances ?? [])]);
  return wrong === 0 ? 0 : 1;
}

// What this process has made ends with it, so nothing has to be done in order.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`lab: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
