import {
  addAddress,
  computeChecksums,
  createServiceDevice,
  deleteAddress,
  deleteInnerLink,
  deleteTap,
  disableTapIpv6,
  readInnerLinks,
  readTap,
  setInnerLink,
  setInnerLinkUp,
  setTap,
  setTapUp,
} from '../linux/interface-driver.ts';
import { ensureNamespace, namespaceExists, setLoopbackUp, setNamespaceSysctl } from '../linux/netns.ts';
import { deleteGateway, readGateways, setGateway } from '../linux/route.ts';
import { type ActualNamespace, METADATA_IPV6_CIDR, namespaceDelta, type NamespacePlan, type NamespaceStep } from './plan-network-namespace.ts';

/** Passes until the namespace must agree with the plan: deleting an address can take a route along. */
const MAX_PASSES = 3;

/**
 * Reads the namespace, takes the difference and executes it, until nothing is left to do. Returns the steps
 * that were executed; they are none on a correct state.
 */
export async function applyNamespace(plan: NamespacePlan, ipv6: boolean): Promise<readonly NamespaceStep[]> {
  const executed: NamespaceStep[] = [];
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const steps = namespaceDelta(plan, await readNamespace(plan));
    if (steps.length === 0) return executed;
    for (const step of steps) await executeStep(step, plan, ipv6);
    executed.push(...steps);
  }
  const left = namespaceDelta(plan, await readNamespace(plan));
  if (left.length > 0) throw new Error(`namespace ${plan.namespace} does not become what it is to be: ${left.map((step) => step.kind).join(', ')}`);
  return executed;
}

async function readNamespace(plan: NamespacePlan): Promise<ActualNamespace> {
  const { namespace, device } = plan;
  const tap = readTap(device.tap);
  if (!namespaceExists(namespace)) return { exists: false, prepared: false, links: new Map(), tap, gateways: { 4: null, 6: null } };
  const { loopbackUp, links } = readInnerLinks(namespace, METADATA_IPV6_CIDR);
  const gateways = links.has(device.name) ? await readGateways(namespace, device.name) : { 4: null, 6: null };
  return { exists: true, prepared: loopbackUp, links, tap, gateways };
}

type Executors = {
  readonly [Kind in NamespaceStep['kind']]: (step: Extract<NamespaceStep, { kind: Kind }>, plan: NamespacePlan, ipv6: boolean) => Promise<void> | void;
};

const executors: Executors = {
  'create-namespace': (_step, { namespace }) => ensureNamespace(namespace),
  'prepare-namespace': (_step, { namespace }, ipv6) => {
    // Before any device is there: a router's advertisement would give it addresses and routes of its own.
    if (ipv6) setNamespaceSysctl(namespace, 'ipv6/conf/default/accept_ra', '0');
    setLoopbackUp(namespace);
  },
  'delete-orphaned-tap': (_step, { device }) => deleteTap(device.tap),
  'delete-stray-link': (step, { namespace }) => deleteInnerLink(namespace, step.name),
  'create-device': (_step, { device }) => createServiceDevice(device),
  'set-mac': (_step, { namespace, device }) => setInnerLink(namespace, device.name, 'address', device.mac),
  'set-inner-mtu': (_step, { namespace, device }) => setInnerLink(namespace, device.name, 'mtu', String(device.mtu)),
  'set-tap-mtu': (_step, { device }) => setTap(device.tap, 'mtu', String(device.mtu)),
  'disable-tap-ipv6': (_step, { device }) => disableTapIpv6(device.tap),
  'compute-checksums': (_step, { namespace, device }) => computeChecksums(namespace, device.name),
  'set-inner-up': (_step, { namespace, device }) => setInnerLinkUp(namespace, device.name),
  'set-tap-up': (_step, { device }) => setTapUp(device.tap),
  'add-address': (step, { namespace, device }) => addAddress(namespace, device.name, step.address),
  'delete-address': (step, { namespace, device }) => deleteAddress(namespace, device.name, step.address),
  'set-gateway': (step, { namespace, device }) => setGateway(namespace, device.name, step.gateway),
  'delete-gateway': (step, { namespace, device }) => deleteGateway(namespace, device.name, step.version),
};

async function executeStep(step: NamespaceStep, plan: NamespacePlan, ipv6: boolean): Promise<void> {
  // The map has an executor of exactly this kind; the compiler cannot follow that through the index.
  const execute = executors[step.kind] as (step: NamespaceStep, plan: NamespacePlan, ipv6: boolean) => Promise<void> | void;
  await execute(step, plan, ipv6);
}
