import type { Logger } from 'pino';
import { turnBridgeNetfilterOn } from '../linux/bridge-netfilter.ts';
import { forgetFlows } from '../linux/conntrack.ts';
import { copyHostSettings } from '../linux/host-settings.ts';
import { RefusedLine, restoreTables, type IptablesPrograms } from '../linux/iptables.ts';
import { destroyIpset, restoreIpsets } from '../linux/ipset.ts';
import { keepNeighboursOnly, turnIpv6Off, turnIpv6On } from '../linux/ipv6-switch.ts';
import { ipBatch, ipSequence } from '../linux/link.ts';
import { loadNft } from '../linux/nftables.ts';
import { chainOfLine, restoreInput } from './delta-chains.ts';
import { chains, isGroupChain, isPortChain } from './filter-names.ts';
import type { ChainChanges, FilterStep, HostStep, LinkStep, MoveStep, Step, TableChanges } from './steps.ts';

export interface Execution {
  readonly iptables: IptablesPrograms;
  readonly log: Logger;
}

/** A link step that the kernel refused. Steps of the filter that fail end the execution instead. */
export interface StepFailure {
  readonly step: LinkStep | MoveStep;
  readonly reason: string;
}

export interface Executed {
  readonly failures: readonly StepFailure[];
  /** Whether the steps of the filter did what they say: not where a chain with a rule that the kernel refuses had to be closed. */
  readonly exact: boolean;
}

/**
 * Takes the steps in order, runs of link steps as one batch, and what is independent of each other side by side. Rejects where a filter
 * step fails: nothing is plugged in whose filter is not in place. Link steps that fail are returned.
 */
export async function execute(steps: readonly Step[], execution: Execution): Promise<Executed> {
  const failures: StepFailure[] = [];
  let exact = true;
  for (let rest = steps; rest.length > 0; ) {
    const links = leading(rest, isLinkStep);
    if (links.length > 0) {
      failures.push(...(await executeLinkSteps(links, failures)));
      rest = rest.slice(links.length);
      continue;
    }
    const [step] = rest;
    if (step?.kind === 'move-host') {
      const failure = await ipSequence(step.steps.map(ipCommand));
      if (failure !== undefined) failures.push({ step, reason: failure.reason });
      rest = rest.slice(1);
      continue;
    }
    const filters = leading(rest, isFilterStep);
    if (!(await executeFilterSteps(filters, execution))) exact = false;
    rest = rest.slice(filters.length);
  }
  return { failures, exact };
}

function leading<S extends Step>(steps: readonly Step[], is: (step: Step) => step is S): readonly S[] {
  const end = steps.findIndex((step) => !is(step));
  return (end === -1 ? steps : steps.slice(0, end)) as readonly S[];
}

async function executeLinkSteps(links: readonly LinkStep[], earlier: readonly StepFailure[]): Promise<readonly StepFailure[]> {
  const failures: StepFailure[] = [];
  for (const { index, reason } of await ipBatch(links.map(ipCommand))) {
    const step = links[index];
    if (step === undefined || [...earlier, ...failures].some((failure) => isWithout(step, failure))) continue;
    failures.push({ step, reason: explain(step, reason) });
  }
  return failures;
}

/** The guard has nothing to do with the chains, nor those of one family with those of the other. Returns whether all was done exactly. */
async function executeFilterSteps(steps: readonly FilterStep[], execution: Execution): Promise<boolean> {
  const inOrder = async (): Promise<boolean> => {
    let exact = true;
    const others = steps.filter(({ kind }) => kind !== 'load-guard');
    for (let rest = others; rest.length > 0; ) {
      const chains = leading(rest, isRestoreChains);
      const some = chains.length > 0 && new Set(chains.map(({ family }) => family)).size === chains.length ? chains : rest.slice(0, 1);
      const done = await allOf(some.map((step) => executeFilterStep(step, execution)));
      if (done.includes(false)) exact = false;
      rest = rest.slice(some.length);
    }
    return exact;
  };
  const guard = steps.filter(({ kind }) => kind === 'load-guard').map((step) => executeFilterStep(step, execution));
  return !(await allOf([...guard, inOrder()])).includes(false);
}

/** Rejects with the first failure, but not before all have ended: nothing goes on behind the back of the next pass. */
async function allOf(work: readonly Promise<unknown>[]): Promise<readonly unknown[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** A device that could not be made is one failure; that nothing can be done with it goes without saying. */
function isWithout(step: LinkStep, { step: earlier }: StepFailure): boolean {
  return earlier.kind.startsWith('add-') && earlier.device === step.device;
}

const kernelModules: Readonly<Record<string, string>> = { 'add-vlan': '8021q', 'add-vxlan': 'vxlan', 'add-bridge': 'bridge' };

function explain({ kind }: LinkStep, reason: string): string {
  const module = reason.includes('Unknown device type') ? kernelModules[kind] : undefined;
  return module === undefined ? reason : `this kernel has no ${module} (a module that is not loaded or was not built): ${reason}`;
}

function isLinkStep(step: Step): step is LinkStep {
  return step.kind in linkCommands;
}

function isFilterStep(step: Step): step is FilterStep {
  return step.kind in filterExecutors;
}

function isRestoreChains(step: Step): step is OfKind<FilterStep, 'restore-chains'> {
  return step.kind === 'restore-chains';
}

type OfKind<S, K> = Extract<S, { readonly kind: K }>;

type IpStep = LinkStep | HostStep;

const linkCommands: { readonly [K in LinkStep['kind']]: (step: OfKind<LinkStep, K>) => string } = {
  'add-bridge': ({ device }) => `link add name ${device} type bridge stp_state 0 forward_delay 0`,
  'configure-bridge': ({ device }) => `link set dev ${device} type bridge stp_state 0 forward_delay 0`,
  'add-vlan': ({ device, parent, vlan }) => `link add link ${parent} name ${device} type vlan id ${vlan}`,
  'add-vxlan': ({ device, vni, options }) =>
    [
      `link add name ${device} type vxlan id ${vni} dev ${options.parent} local ${options.local} dstport ${options.dstPort}`,
      ...(options.group === null ? [] : [`group ${options.group}`]),
      ...(options.srcPorts === null ? [] : [`srcport ${options.srcPorts.minimum} ${options.srcPorts.maximum}`]),
      ...(options.ttl === null ? [] : [`ttl ${options.ttl}`]),
      ...(options.tos === null ? [] : [`tos ${options.tos}`]),
      ...(options.proxy ? ['proxy'] : []),
    ].join(' '),
  enslave: ({ device, bridge }) => `link set dev ${device} master ${bridge}`,
  release: ({ device }) => `link set dev ${device} nomaster`,
  'set-mtu': ({ device, mtu }) => `link set dev ${device} mtu ${mtu}`,
  'set-up': ({ device }) => `link set dev ${device} up`,
  'set-down': ({ device }) => `link set dev ${device} down`,
  'delete-link': ({ device }) => `link delete dev ${device}`,
};

const ipCommands: { readonly [K in IpStep['kind']]: (step: OfKind<IpStep, K>) => string } = {
  ...linkCommands,
  'set-address': ({ device, address }) => `link set dev ${device} address ${address}`,
  'add-address': ({ device, address, options }) => ['address replace', address, `dev ${device}`, ...options].join(' '),
  'delete-address': ({ device, address }) => `address delete ${address} dev ${device}`,
  'delete-route': ({ route }) => `route delete ${route}`,
  'replace-route': ({ route }) => `route replace ${route}`,
};

/** The `ip -batch` line of a step. */
function ipCommand(step: IpStep): string {
  return (ipCommands[step.kind] as (step: IpStep) => string)(step);
}

type FilterExecutors = { readonly [K in FilterStep['kind']]: (step: OfKind<FilterStep, K>, execution: Execution) => Promise<boolean | void> };

const filterExecutors: FilterExecutors = {
  'bridge-netfilter-on': ({ name }) => turnBridgeNetfilterOn(name),
  'ipv6-off': async ({ device }) => turnIpv6Off(device),
  'ipv6-on': async ({ device }) => turnIpv6On(device),
  'ipv6-neighbours': async ({ device }) => keepNeighboursOnly(device),
  'host-settings': async ({ device, from }, { log }) => {
    const failures = copyHostSettings(from, device);
    if (failures.length > 0) log.warn({ failures }, 'not all settings of the host for the interface are set for its bridge');
  },
  'load-guard': ({ ruleset }) => loadNft(ruleset),
  'restore-ipsets': ({ lines }) => restoreIpsets(lines),
  'restore-chains': restoreChains,
  'forget-flows': async ({ flows }) => forgetFlows(flows),
  'destroy-ipset': ({ name }) => destroyIpset(name),
};

function executeFilterStep(step: FilterStep, execution: Execution): Promise<boolean | void> {
  return (filterExecutors[step.kind] as (step: FilterStep, execution: Execution) => Promise<boolean | void>)(step, execution);
}

/**
 * One rule that this kernel does not take must not keep all other ports from being filtered: the chain with
 * that rule is closed, and the rest is applied. Returns whether none had to be. A chain that cannot be edited, because it is no longer
 * what it was when it was read, is written anew.
 */
async function restoreChains(step: OfKind<FilterStep, 'restore-chains'>, { iptables, log }: Execution): Promise<boolean> {
  let changes: ChainChanges = step.changes;
  const closed = new Set<string>();
  for (;;) {
    const input = restoreInput(changes);
    try {
      await restoreTables(iptables, step.family, input);
      return closed.size === 0;
    } catch (error) {
      const chain = error instanceof RefusedLine ? chainOfLine(input, error.line) : undefined;
      if (chain !== undefined && changes.some(({ edit }) => edit.has(chain))) {
        changes = changes.map((table) => withRules(table, chain, table.edit.get(chain)?.rules));
        continue;
      }
      if (chain === undefined || !(isPortChain(chain) || isGroupChain(chain)) || closed.has(chain)) throw error;
      closed.add(chain);
      log.error({ err: error, chain, family: step.family }, 'the kernel refuses a rule; the chain drops all that it would have judged');
      changes = changes.map((table) => withRules(table, chain, table.rewrite.has(chain) ? [`-j ${chains.fallback}`] : undefined));
    }
  }
}

/** The changes with the chain written anew; as they are where `rules` is undefined. */
function withRules(table: TableChanges, chain: string, rules: readonly string[] | undefined): TableChanges {
  if (rules === undefined) return table;
  const edit = new Map(table.edit);
  edit.delete(chain);
  return { ...table, edit, rewrite: new Map(table.rewrite).set(chain, rules) };
}
