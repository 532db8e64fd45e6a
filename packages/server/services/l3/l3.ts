import type { CallbackRegistry } from '../../callbacks/registry.ts';
import type { Db } from '../../db/types.ts';
import type { FlavorProfiles } from '../flavors/flavor-profiles.ts';
import type { AgentDirectory } from '../../plugins/ml2/agent-directory.ts';
import type { CorePlugin } from '../../plugins/ml2/core-plugin.ts';

export interface L3Settings {
  /** Whether a gateway translates addresses where the request says nothing of it. */
  readonly enableSnatByDefault: boolean;
  readonly maxRoutes: number;
}

/** What routers and floating IPs work with. Every verb of this folder takes it first. */
export interface L3 {
  readonly db: Db;
  readonly core: CorePlugin;
  readonly callbacks: CallbackRegistry;
  readonly agents: AgentDirectory;
  readonly flavorProfiles: Pick<FlavorProfiles, 'nextProvider'>;
  readonly settings: L3Settings;
}

export const gatewayOwner = 'network:router_gateway';
export const interfaceOwner = 'network:router_interface';
export const floatingIpOwner = 'network:floatingip';
