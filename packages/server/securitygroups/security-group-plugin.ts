import type { ResourceHandler } from '../api/resource-handler.ts';
import type { CallbackRegistry } from '../callbacks/registry.ts';
import type { Db } from '../db/types.ts';
import { createGroupHandler, ensureDefault } from './group-handler.ts';
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
  // A project that has a network finds its default group before its first port, as clients expect.
  options.callbacks.subscribe(async ({ resource, operation, current }) => {
    if (resource === 'network' && operation === 'create') await ensureDefault(options.db, String(current['project_id'] ?? ''));
  });
  return { groups: createGroupHandler(options), rules: createRuleHandler(options), ports: portSecurityGroups };
}
