import type { JsonObject } from '@neutrino/lib/json';
import type { CallbackRegistry } from '../../callbacks/registry.ts';
import type { RequestContext } from '../../context.ts';
import type { FloatingIpRow } from '../l3/floatingip-rows.ts';
import { forwardingView, type ForwardingRow } from './forwarding-rows.ts';

/** What happened to a forwarding, for those who make it real: with its floating IP's address and router. */
export async function publishForwarding(
  callbacks: CallbackRegistry,
  context: RequestContext,
  operation: 'create' | 'update' | 'delete',
  row: ForwardingRow,
  floating: Pick<FloatingIpRow, 'floating_ip_address' | 'router_id'>,
): Promise<void> {
  await callbacks.publish({ resource: 'port_forwarding', operation, context, id: row.id, current: withFloatingIp(row, floating) });
}

/** A forwarding as agents know it. */
export function withFloatingIp(row: ForwardingRow, { floating_ip_address, router_id }: Pick<FloatingIpRow, 'floating_ip_address' | 'router_id'>): JsonObject {
  const { revision_number, created_at, updated_at } = row;
  return { ...forwardingView(row), floatingip_id: row.floatingip_id, floating_ip_address, router_id, revision_number, created_at, updated_at };
}
