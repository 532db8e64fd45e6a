import type { ForwardingFloatingIp, RouterInfo } from '@neutrino/lib/rpc/router-payloads';
import type { FloatingIpStatus } from './plugin-rpc.ts';

/** What the server is to be told about a router's floating IPs: those that changed, and those that `before` had and that have gone. */
export function statusesToReport(router: RouterInfo, status: 'ACTIVE' | 'ERROR', before: ReadonlySet<string>): ReadonlyMap<string, FloatingIpStatus> {
  const isTranslated = (router.gw_port ?? null) !== null;
  const current = isTranslated ? floatingIpsOf(router) : [];
  const ids = new Set(current.map(({ id }) => id));
  return new Map<string, FloatingIpStatus>([
    ...current.filter((floating) => floating.status !== status).map(({ id }) => [id, status] as const),
    ...[...before].filter((id) => !ids.has(id)).map((id) => [id, 'DOWN'] as const),
  ]);
}

/** Those that lead to a port, and those of which ports lead to several. */
export function floatingIpsOf({ _floatingips: floating = [], _pf_floatingips: forwarding = [] }: RouterInfo): readonly ForwardingFloatingIp[] {
  return [...floating, ...forwarding];
}
