import type { Transport } from '@neutrino/lib/rpc/messaging';
import { topics } from '@neutrino/lib/rpc/topics';
import type { Logger } from 'pino';
import type { AgentService } from '../agents/agent-service.ts';
import type { CallbackRegistry } from '../callbacks/registry.ts';
import type { Db } from '../db/types.ts';
import type { CorePlugin } from '../plugins/ml2/core-plugin.ts';
import type { ProvisioningBlocks } from '../provisioning/provisioning-blocks.ts';
import type { DhcpAgentScheduler } from '../scheduler/dhcp-agent-scheduler.ts';
import { deviceEndpoint } from './endpoints/devices.ts';
import { dhcpEndpoint } from './endpoints/dhcp.ts';
import { metadataEndpoint } from './endpoints/metadata.ts';
import { reportsEndpoint } from './endpoints/reports.ts';
import { securityGroupEndpoint } from './endpoints/security-groups.ts';
import { tunnelEndpoint } from './endpoints/tunnels.ts';
import { dhcpNotifier } from './notifiers/dhcp-notifier.ts';
import { l2Notifier } from './notifiers/l2-notifier.ts';
import { rebindPorts } from './notifiers/rebind-ports.ts';
import { securityGroupNotifier } from './notifiers/security-group-notifier.ts';

export interface RpcServerOptions {
  readonly transport: Transport;
  /** This server's name on the topics. */
  readonly host: string;
  readonly db: Db;
  readonly core: CorePlugin;
  readonly agents: AgentService;
  readonly scheduler: DhcpAgentScheduler;
  readonly provisioning: ProvisioningBlocks;
  readonly callbacks: CallbackRegistry;
  readonly log: Logger;
}

/**
 * The server's side of the contract with agents: it listens for what they ask and report, and tells them of
 * what the API changed. To be called once for a registry; disposing it stops listening and sends what waits.
 */
export async function startRpcServer(options: RpcServerOptions): Promise<AsyncDisposable> {
  const { transport, host, callbacks, scheduler } = options;
  const securityGroups = securityGroupNotifier(options);
  const dhcp = dhcpNotifier(options);
  scheduler.onChange(dhcp.schedulingListener);
  // Security first: an agent that hears of a new port then already knows what may reach it.
  callbacks.subscribe(securityGroups.subscriber);
  callbacks.subscribe(l2Notifier(options));
  callbacks.subscribe(rebindPorts(options));
  callbacks.subscribe(dhcp.subscriber);

  const endpoints = [deviceEndpoint(options), securityGroupEndpoint(options), dhcpEndpoint(options), metadataEndpoint(options), tunnelEndpoint(options)];
  const plugin = await transport.listen({ topic: topics.plugin, server: host, endpoints });
  const reports = await transport.listen({ topic: topics.reports, server: host, endpoints: [reportsEndpoint(options)] });
  return {
    async [Symbol.asyncDispose]() {
      await reports[Symbol.asyncDispose]();
      await plugin[Symbol.asyncDispose]();
      await securityGroups[Symbol.asyncDispose]();
    },
  };
}
