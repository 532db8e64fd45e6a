import { initial } from './0001-initial.ts';
import { quotaLocks } from './0002-quota-locks.ts';
import { subnetPools } from './0010-subnet-pools.ts';
import { subnetServiceTypes } from './0011-subnet-service-types.ts';
import { flavors } from './0012-flavors.ts';
import { securityGroupRbacs } from './0020-security-group-rbacs.ts';
import { addressGroups } from './0021-address-groups.ts';
import { rbacsOfProjects } from './0022-rbacs-of-projects.ts';
import { extensionAttributes } from './0030-extension-attributes.ts';
import { portViews } from './0050-port-views.ts';
import { agentChanges } from './0060-agent-changes.ts';
import { reportedDigest } from './0065-reported-digest.ts';
import { routers } from './0070-routers.ts';
import { autoAllocatedTopologies } from './0076-auto-allocated-topologies.ts';
import { routerFlavors } from './0077-router-flavors.ts';
import { haRouters } from './0080-ha-routers.ts';
import { portForwardings } from './0084-port-forwardings.ts';
import { conntrackHelpers } from './0085-conntrack-helpers.ts';
import { routerGateways } from './0094-router-gateways.ts';
import { routerServiceProfiles } from './0095-router-service-profiles.ts';
import type { Migration } from './migration.ts';

/** In order. The last one is the head, which `schema.ts` describes. */
export const migrations: readonly Migration[] = [
  initial,
  quotaLocks,
  subnetPools,
  subnetServiceTypes,
  flavors,
  securityGroupRbacs,
  addressGroups,
  rbacsOfProjects,
  extensionAttributes,
  portViews,
  agentChanges,
  reportedDigest,
  routers,
  autoAllocatedTopologies,
  routerFlavors,
  haRouters,
  portForwardings,
  conntrackHelpers,
  routerGateways,
  routerServiceProfiles,
];
