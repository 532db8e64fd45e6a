import type { CallbackRegistry } from '../../callbacks/registry.ts';
import type { Db } from '../../db/types.ts';
import type { FlavorProfiles } from '../flavors/flavor-profiles.ts';
import type { AgentDirectory } from '../../plugins/ml2/agent-directory.ts';
import type { CorePlugin } from '../../plugins/ml2/core-plugin.ts';
import { haInterfaceOwner } from './ha/ha-port-owners.ts';
import type { HaSettings } from './ha/ha-settings.ts';

export { haInterfaceOwner, haPortOwner } from './ha/ha-port-owners.ts';

export interface L3Settings {
  /** Whether a gateway translates addresses where the request says nothing of it. */
  readonly enableSnatByDefault: boolean;
  /** Whether a router spreads what goes outside over all its gateways where the request says nothing of it. */
  readonly enableEcmpByDefault: boolean;
  readonly maxRoutes: number;
  readonly ha: HaSettings;
}

/** What routers and floating IPs work with. Every verb of this folder takes it first. */
export interface L3 {
  readonly db: Db;
  readonly core: CorePlugin;
  readonly callbacks: CallbackRegistry;
  readonly agents: AgentDirectory;
  readonly flavorProfiles: Pick<FlavorProfiles, 'nextProvider' | 'providerOf'>;
  readonly settings: L3Settings;
}

export const gatewayOwner = 'network:router_gateway';
export const interfaceOwner = 'network:router_interface';
export const interfaceOwners: readonly string[] = [interfaceOwner, haInterfaceOwner];
export const floatingIpOwner = 'network:floatingip';

export function isInterface(portType: string): boolean {
  return interfaceOwners.includes(portType);
}

export function interfaceOwnerOf({ ha }: { readonly ha: 0 | 1 }): string {
  return ha === 1 ? haInterfaceOwner : interfaceOwner;
}
