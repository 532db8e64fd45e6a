import type { RouterInfo } from '@neutrino/lib/rpc/router-payloads';
import type { FloatingIpStatus } from './plugin-rpc.ts';

/** What the server is to be told about a router's floating IPs: those that changed, and those that `before` had and that have gone. */
export function statusesToReport(router: RouterInfo, status: 'ACTIVE' | 'ERROR', before: ReadonlySet<string>): ReadonlyMap<string, FloatingIpStatus> {
  const isTranslated = (router.gw_port ?? null) !== null;
  const current = isTranslated ? (router._floatingips ?? []) : [];
  const ids = new Set(current.map(({ id }) => id));
  return new Map<string, FloatingIpStatus>([
    ...current.filter((floating) => floating.status !== status).map(({ id }) => [id, status] as const),
    ...[...before].filter((id) => !ids.has(id)).map((id) => [id, 'DOWN'] as const),
  ]);
}
