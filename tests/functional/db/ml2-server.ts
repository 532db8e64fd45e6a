import type { JsonObject } from '@neutrino/lib/json';
import { createAgentService, type AgentService, type AgentServiceOptions } from '@neutrino/server/agents/agent-service';
import type { ResourceHandler } from '@neutrino/server/api/resource-handler';
import { CallbackRegistry, type ResourceEvent } from '@neutrino/server/callbacks/registry';
import { adminContext, type RequestContext } from '@neutrino/server/context';
import type { Db } from '@neutrino/server/db/types';
import type { CorePlugin } from '@neutrino/server/plugins/ml2/core-plugin';
import { createMl2Plugin } from '@neutrino/server/plugins/ml2/create-ml2-plugin';
import { defaultMl2Settings, type Ml2Settings } from '@neutrino/server/plugins/ml2/settings';
import { createProvisioningBlocks } from '@neutrino/server/provisioning/blocks';
import type { ProvisioningBlocks } from '@neutrino/server/provisioning/provisioning-blocks';
import { createSecurityGroupPlugin, type SecurityGroupPlugin } from '@neutrino/server/securitygroups/security-group-plugin';

export interface Ml2Server {
  readonly core: CorePlugin;
  readonly agents: AgentService;
  readonly provisioning: ProvisioningBlocks;
  readonly groups: SecurityGroupPlugin;
  /** What was published, in order. */
  readonly events: ResourceEvent[];
}

const quiet = { info: () => undefined, warn: () => undefined, debug: () => undefined };

/** The parts of a server that ML2 meets, all of them real, over a database of the test's own. */
export function startMl2(db: Db, settings: Partial<Ml2Settings> = {}, agentSettings: Partial<AgentServiceOptions['settings']> = {}): Ml2Server {
  const events: ResourceEvent[] = [];
  const callbacks = new CallbackRegistry((error) => {
    throw error;
  });
  callbacks.subscribe((event) => void events.push(event));
  const groups = createSecurityGroupPlugin({ db, callbacks });
  const agents = createAgentService({ db, callbacks, settings: { agentDownTimeSeconds: 75, ...agentSettings }, log: quiet });
  const provisioning: ProvisioningBlocks = createProvisioningBlocks({ core: () => core });
  const core: CorePlugin = createMl2Plugin({
    db,
    callbacks,
    settings: { ...defaultMl2Settings, ...settings },
    portSecurityGroups: groups.ports,
    provisioning,
    agents: agents.directory,
    log: quiet,
  });
  return { core, agents, provisioning, groups, events };
}

export const admin: RequestContext = adminContext();

export function member(projectId: string): RequestContext {
  return { requestId: 'req-test', projectId, roles: ['member', 'reader'], isAdmin: false, isAdvsvc: false };
}

export async function createOne(handler: ResourceHandler, context: RequestContext, body: JsonObject): Promise<JsonObject & { readonly id: string }> {
  const [created] = (await handler.create?.(context, [body])) ?? [];
  if (created === undefined) throw new Error('nothing was created');
  return { ...created, id: String(created['id']) };
}

/** A Linux bridge agent reports from a host, as it does when it starts. */
export async function reportLinuxBridgeAgent(agents: AgentService, host: string, configurations: JsonObject = {}): Promise<void> {
  await agents.report(
    {
      binary: 'neutron-linuxbridge-agent',
      agent_type: 'Linux bridge agent',
      host,
      topic: 'N/A',
      configurations: { tunnel_types: ['vxlan'], interface_mappings: {}, bridge_mappings: {}, ...configurations },
      start_flag: true,
    },
    new Date().toISOString(),
  );
}

export function fixedIpsOf(port: JsonObject): readonly { readonly subnet_id: string; readonly ip_address: string }[] {
  return port['fixed_ips'] as unknown as readonly { subnet_id: string; ip_address: string }[];
}
