import { addressGroupObjects } from './address-group-objects.ts';
import { conntrackHelperObjects } from './conntrack-helper-objects.ts';
import { networkObjects } from './network-objects.ts';
import type { ObjectType } from './object-type.ts';
import { portForwardingObjects } from './port-forwarding-objects.ts';
import { portObjects } from './port-objects.ts';
import { securityGroupObjects, securityGroupRuleObjects } from './security-group-objects.ts';
import { subnetObjects } from './subnet-objects.ts';

/** The kinds of objects that there are here, by the names by which agents know them. */
export const objectTypes: Readonly<Record<string, ObjectType>> = Object.fromEntries(
  [addressGroupObjects, conntrackHelperObjects, networkObjects, portForwardingObjects, portObjects, securityGroupObjects, securityGroupRuleObjects, subnetObjects].map((type) => [type.name, type]),
);

/** Kinds that agents know and of which nothing is here, because their services are not. */
export const emptyObjectTypes: ReadonlySet<string> = new Set(['LocalIPAssociation', 'Log', 'NDPProxy', 'QosPolicy', 'SubPort', 'Trunk']);
