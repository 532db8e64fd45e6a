import type { ResourceHandler } from '../api/resource-handler.ts';
import type { CallbackRegistry } from '../callbacks/registry.ts';
import type { Db } from '../db/types.ts';
import { createGroupHandler } from './group-handler.ts';
import { portSecurityGroups } from './port-groups.ts';
import type { PortSecurityGroups } from './port-security-groups.ts';
import { createRuleHandler } from './rule-handler.ts';

export interface SecurityGroupPlugin {
  readonly groups: ResourceHandler;
  readonly rules: ResourceHandler;
  /** For the core plugin, within its transactions. */
  readonly ports: PortSecurityGroups;
}

export function createSecurityGroupPlugin(options: { readonly db: Db; readonly callbacks: CallbackRegistry }): SecurityGroupPlugin {
  return { groups: createGroupHandler(options), rules: createRuleHandler(options), ports: portSecurityGroups };
}
