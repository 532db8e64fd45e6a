import type { CallbackRegistry } from '../../callbacks/registry.ts';
import type { Db } from '../../db/types.ts';
import type { AddressesInFlight } from '../../ipam/held-addresses.ts';
import type { ProvisioningBlocks } from '../../provisioning/provisioning-blocks.ts';
import type { PortSecurityGroups } from '../../securitygroups/port-security-groups.ts';
import type { AgentDirectory } from './agent-directory.ts';
import type { LoadedDrivers } from './drivers/registry.ts';
import type { ReadyFormat, ReadyPort } from './ports/ready-port.ts';
import type { Ml2Settings } from './settings.ts';

/** Where ML2's few messages go; a pino logger fits. */
export interface Ml2Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What ML2 works with. Every verb of this folder takes it first. */
export interface Ml2 {
  readonly db: Db;
  readonly callbacks: CallbackRegistry;
  readonly settings: Ml2Settings;
  readonly portSecurityGroups: PortSecurityGroups;
  readonly provisioning: ProvisioningBlocks;
  readonly agents: AgentDirectory;
  readonly drivers: LoadedDrivers;
  readonly log: Ml2Log;
  /** Addresses that creates of this process have chosen. */
  readonly addressesInFlight: AddressesInFlight;
  /** How ports are kept ready in their rows. */
  readonly format: ReadyFormat;
  /** Takes ports that a reader had to put together. */
  readonly keepReady: (ports: readonly ReadyPort[]) => void;
}
