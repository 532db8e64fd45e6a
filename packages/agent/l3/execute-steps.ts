import { forgetFlowsOfAddresses, forgetFlowsToPorts, forgetMarkedFlows } from '../linux/conntrack.ts';
import { createServiceDevice, deleteTap, disableTapIpv6 } from '../linux/interface-driver.ts';
import { replaceTables, type IptablesPrograms } from '../linux/iptables.ts';
import { type BatchFailure, ipBatch } from '../linux/link.ts';
import { ensureNamespace, setLoopbackUp, setNamespaceSysctl } from '../linux/netns.ts';
import { addDeviceAddress, setLinkUp } from '../privileged/change-links.ts';
import { inNamespace } from '../privileged/network-namespace.ts';
import { addRule, deleteRule } from '../privileged/routing-rules.ts';
import type { IpStep, RouterStep } from './delta-router.ts';
import { GATEWAY_MASK } from './gateway-numbers.ts';

export interface StepExecution {
  readonly namespace: string;
  readonly iptables: IptablesPrograms;
  /** Told when the namespace has been made. */
  readonly made: (namespace: string) => void;
  readonly announce: (namespace: string, device: string, addresses: readonly string[]) => void;
}

/** A step that the kernel refused. */
export interface RefusedStep {
  readonly step: IpStep;
  readonly reason: string;
}

/**
 * Takes the steps in order, runs of `ip` steps in one place as one batch, or without a program where the kernel can be asked itself. One of
 * those that fails does not keep the others from being taken; they are returned. What was to be deleted may have gone along with
 * something else. Any other step that fails ends the execution.
 */
export async function executeSteps(steps: readonly RouterStep[], execution: StepExecution): Promise<readonly RefusedStep[]> {
  const failures: RefusedStep[] = [];
  for (let rest = steps; rest.length > 0; ) {
    const [first] = rest;
    if (first === undefined) break;
    if (!isIpStep(first)) {
      await executors[first.kind](first as never, execution);
      rest = rest.slice(1);
      continue;
    }
    const end = rest.findIndex((step) => !isIpStep(step) || step.where !== first.where);
    const batch = (end === -1 ? rest : rest.slice(0, end)) as readonly IpStep[];
    const namespace = first.where === 'host' ? undefined : execution.namespace;
    const failed = batch.every(({ request }) => request !== undefined) ? askKernel(batch, namespace) : await ipBatch(batch.map(({ command }) => command), namespace);
    for (const { index, reason } of failed) {
      const step = batch[index];
      if (step !== undefined && !step.kind.startsWith('delete-')) failures.push({ step, reason });
    }
    rest = rest.slice(batch.length);
  }
  return failures;
}

function askKernel(steps: readonly IpStep[], namespace: string | undefined): readonly BatchFailure[] {
  const ask = (): readonly BatchFailure[] =>
    steps.flatMap(({ request: { device, address } = { device: '' } }, index) => {
      try {
        if (address === undefined) setLinkUp(device);
        else addDeviceAddress(device, address);
        return [];
      } catch (error) {
        return { index, reason: error instanceof Error ? error.message : String(error) };
      }
    });
  return namespace === undefined ? ask() : inNamespace(namespace, ask);
}

function isIpStep(step: RouterStep): step is IpStep {
  return 'where' in step;
}

type OtherStep = Exclude<RouterStep, IpStep>;
type Executors = {
  readonly [Kind in OtherStep['kind']]: (step: Extract<OtherStep, { kind: Kind }>, execution: StepExecution) => Promise<void> | void;
};

const executors: Executors = {
  'create-namespace': async (_step, { namespace, made }) => {
    await ensureNamespace(namespace);
    made(namespace);
  },
  'set-sysctl': ({ name, value }, { namespace }) => setNamespaceSysctl(namespace, name, value),
  'set-loopback-up': (_step, { namespace }) => setLoopbackUp(namespace),
  'delete-orphaned-tap': ({ tap }) => deleteTap(tap),
  'create-device': ({ device }, { namespace }) => createServiceDevice({ ...device, namespace }),
  'disable-tap-ipv6': ({ tap }) => disableTapIpv6(tap),
  'replace-tables': ({ family, input }, { namespace, iptables }) => replaceTables(iptables, family, input, namespace),
  'forget-flows': ({ addresses }, { namespace }) => forgetFlowsOfAddresses(namespace, new Set(addresses)),
  'forget-forwarded-flows': ({ flows }, { namespace }) => forgetFlowsToPorts(namespace, flows),
  'forget-marked-flows': ({ marks }, { namespace }) => forgetMarkedFlows(namespace, marks, GATEWAY_MASK),
  'add-rule': ({ rule }, { namespace }) => inNamespace(namespace, () => addRule(rule)),
  'delete-rule': ({ rule }, { namespace }) => inNamespace(namespace, () => deleteRule(rule)),
  announce: ({ device, addresses }, { namespace, announce }) => announce(namespace, device, addresses),
};
