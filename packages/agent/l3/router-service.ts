import { existsSync } from 'node:fs';
import type { RouterInfo } from '@neutrino/lib/rpc/router-payloads';
import { deleteInnerLink } from '../linux/interface-driver.ts';
import type { IptablesPrograms } from '../linux/iptables.ts';
import { deleteNamespace, namespaceExists } from '../linux/netns.ts';
import type { NamespaceProxies } from '../metadata/namespace-proxy.ts';
import { readRouter, routerDevices } from './actual-router.ts';
import type { Announcer } from './announcer.ts';
import { availableHelpers } from './available-helpers.ts';
import { routerDelta, type RouterStep } from './delta-router.ts';
import { namespaceName } from './device-names.ts';
import { executeSteps } from './execute-steps.ts';
import type { HaCopies } from './ha/ha-copies.ts';
import { type CopyState, type HaPlan, planHa, planInState } from './ha/plan-ha.ts';
import type { CopyWatch } from './ha/watch-copies.ts';
import type { L3Settings } from './l3-settings.ts';
import { notedTables } from './noted-tables.ts';
import { planRouter, type RouterPlan } from './plan-router.ts';
import type { RouterAdvertiser } from './router-advertiser.ts';

/** All that makes a router on this host: namespace, devices, rules, radvd, metadata proxy. */
export interface RouterService {
  /** Makes the kernel and the processes agree with the router. What fails of it keeps nothing from being made that does not need it. */
  apply(router: RouterInfo): Promise<Applied>;
  /** Returns false where there was nothing. */
  remove(routerId: string): Promise<boolean>;
}

export interface Applied {
  /** The kinds of the steps taken; none on a correct state. */
  readonly steps: readonly string[];
  /** Addresses and rules are in place: floating IPs work. */
  readonly isTranslating: boolean;
  readonly failures: readonly Error[];
  /** What this host cannot do, and will not be able to if it is tried again. */
  readonly warnings: readonly string[];
  /** Of a highly available router: what this host's copy is. */
  readonly copy?: CopyState;
}

export interface RouterServiceOptions {
  readonly settings: L3Settings;
  readonly iptables: IptablesPrograms;
  readonly proxies: NamespaceProxies;
  readonly advertiser: RouterAdvertiser;
  readonly announcer: Announcer;
  readonly copies: HaCopies;
  readonly watch: CopyWatch;
}

/** Passes until the namespace must agree with the plan: deleting an address can take a route along. */
const MAX_PASSES = 3;

export function createRouterService({ settings, iptables, proxies, advertiser, announcer, copies, watch }: RouterServiceOptions): RouterService {
  const ipv6 = existsSync('/proc/sys/net/ipv6');
  const tables = notedTables(iptables, { ipv6 });
  const helpers = availableHelpers(iptables);

  /** `planned`: asked each time, as a copy may become active meanwhile. */
  const applyNamespace = async (planned: () => RouterPlan): Promise<Omit<Applied, 'warnings'>> => {
    const taken: string[] = [];
    for (let pass = 0; pass < MAX_PASSES; pass++) {
      const plan = planned();
      const steps = routerDelta(plan, await readRouter(plan, { tables, ipv6 }));
      const refused = await executeSteps(steps, { namespace: plan.namespace, iptables, made: tables.made, announce: (...what) => announcer.announce(...what) });
      await tables.reached(plan.namespace, plan.tables, transactionsOf(steps));
      if (steps.length === 0) return { steps: taken, isTranslating: true, failures: [] };
      taken.push(...steps.map(({ kind }) => kind));
      if (refused.length > 0) {
        const failures = refused.map(({ step, reason }) => new Error(`${step.command}: ${reason}`));
        return { steps: taken, isTranslating: refused.every(({ step }) => step.kind === 'set-route'), failures };
      }
    }
    const plan = planned();
    const left = routerDelta(plan, await readRouter(plan, { tables, ipv6 }));
    if (left.length > 0) throw new Error(`namespace ${plan.namespace} does not become what it is to be: ${left.map(describe).join(', ')}`);
    return { steps: taken, isTranslating: true, failures: [] };
  };

  /** Copies that are not active listen too: nobody reaches them, and one that takes over answers from the first packet on. */
  const applyMetadata = async ({ routerId, namespace }: RouterPlan): Promise<readonly string[]> => {
    if (!settings.enableMetadataProxy) return [];
    const port = settings.metadataPort;
    // The rules let in only what was sent to the metadata address.
    const addresses = [{ address: '0.0.0.0', port }, ...(ipv6 ? [{ address: '::', port }] : [])];
    return (await proxies.ensure({ serves: 'router', id: routerId, namespace, addresses })) ? ['metadata-listen'] : [];
  };

  const remove = async (routerId: string): Promise<boolean> => {
    const namespace = namespaceName(routerId);
    const isCopy = copies.exists(routerId);
    // First: the other copies hear that this one goes.
    watch.remove(routerId);
    await copies.remove(routerId);
    await proxies.remove(routerId);
    await advertiser.ensure(routerId, namespace, null, { saysFarewell: !isCopy });
    if (!namespaceExists(namespace)) return false;
    // The kernel takes a while to clear a deleted namespace; its devices on the host are to be gone now.
    for (const name of routerDevices(namespace)) await deleteInnerLink(namespace, name);
    // Last, because by it the next start knows that something is left to remove.
    await deleteNamespace(namespace);
    tables.forget(namespace);
    return true;
  };

  const agree = async (ha: HaPlan, whole: RouterPlan): Promise<{ readonly steps: readonly string[]; readonly failures: readonly Error[]; readonly copy: CopyState }> => {
    const done = await outcome(async () => {
      await watch.add(ha.routerId, ha.namespace, ha.instance.device);
      return copies.ensure(ha);
    });
    const copy = copies.state(ha);
    const isNews = copies.record(ha.routerId, copy);
    if (isNews && copy === 'primary') for (const { name, addresses } of whole.devices) announcer.announce(ha.namespace, name, addresses.flatMap((address) => (address.includes(':') ? [] : [address.split('/')[0] ?? ''])));
    const steps = isNews ? [`became-${copy}`] : [];
    return done instanceof Error ? { steps, failures: [done], copy } : { steps: [...done, ...steps], failures: [], copy };
  };

  return {
    async apply(router) {
      const { available, warnings } = await helpers.of(router.conntrack_helpers ?? []);
      const whole = planRouter({ ...router, conntrack_helpers: available }, { ...settings, ipv6 });
      const ha = planHa(router, whole, { ipv6 });
      // A router that has become of the other kind is another one: what is left of the one that it was could be heard.
      if (ha === undefined ? copies.exists(router.id) : namespaceExists(whole.namespace) && !copies.exists(router.id)) await remove(router.id);
      if (ha !== undefined) copies.claim(router.id);
      const planned = (): RouterPlan => (ha === undefined ? whole : planInState(whole, ha, copies.state(ha), { ipv6 }));
      const namespace = await outcome(() => applyNamespace(planned));
      if (namespace instanceof Error) return { steps: [], isTranslating: false, failures: [namespace], warnings };
      const agreed = ha === undefined ? { steps: [], failures: [] } : await agree(ha, whole);
      const plan = planned();
      const saysFarewell = !('copy' in agreed && agreed.copy === 'backup');
      const served = [await outcome(() => advertiser.ensure(plan.routerId, plan.namespace, plan.advertisements, { saysFarewell })), await outcome(() => applyMetadata(plan))];
      return {
        steps: [...namespace.steps, ...agreed.steps, ...served.flatMap((each) => (each instanceof Error ? [] : each))],
        isTranslating: namespace.isTranslating,
        failures: [...namespace.failures, ...agreed.failures, ...served.filter((each) => each instanceof Error)],
        ...('copy' in agreed && { copy: agreed.copy }),
        warnings,
      };
    },
    remove,
  };
}

/** What the work comes to, or the error that it ends with. */
async function outcome<T>(work: () => Promise<T>): Promise<T | Error> {
  try {
    return await work();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Of nftables: each table that is replaced is one. */
function transactionsOf(steps: readonly RouterStep[]): number {
  return steps.reduce((sum, step) => (step.kind === 'replace-tables' ? sum + (step.input.match(/^COMMIT$/gm) ?? []).length : sum), 0);
}

function describe(step: RouterStep): string {
  return 'command' in step ? `${step.kind} (${step.command})` : step.kind;
}
