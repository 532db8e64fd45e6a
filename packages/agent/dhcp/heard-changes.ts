import type { ToldChange } from '@neutrino/lib/rpc/agent-changes';
import type { DhcpNotificationHandlers } from './notifications.ts';

/** What changes that the server tells mean here. Kinds that are not known concern others. */
export function applyChanges(changes: readonly ToldChange[], handlers: DhcpNotificationHandlers): void {
  for (const { kind, subject, object, served } of changes) {
    if (kind === 'lease') handlers.portChanged(subject, object);
    // Matters only where the network is served here, as when a subnet goes.
    if (kind === 'network' || kind === 'subnet') handlers.subnetRemoved(subject);
    if (kind === 'agent') handlers.agentUpdated();
    if (kind === 'served' && served === true) handlers.networkChanged(object);
    if (kind === 'served' && served === false) handlers.networkRemoved(object);
  }
}
