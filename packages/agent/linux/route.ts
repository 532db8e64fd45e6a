import { replaceDefaultRoute } from '../privileged/change-links.ts';
import { hasDefaultRoute } from '../privileged/link-state.ts';
import { inNamespace } from '../privileged/network-namespace.ts';
import { run } from '../privileged/run.ts';

/** A default route's next hop; `onLink` where it is outside every subnet of the device. */
export interface Gateway {
  readonly address: string;
  readonly onLink: boolean;
}

export interface Gateways {
  readonly 4: Gateway | null;
  readonly 6: Gateway | null;
}

interface RouteRow {
  readonly gateway?: string;
  readonly dev?: string;
  readonly flags?: readonly string[];
}

/** The default routes of the device inside the namespace. */
export async function readGateways(namespace: string, device: string): Promise<Gateways> {
  const [v4, v6] = await Promise.all([readGateway(namespace, device, 4), readGateway(namespace, device, 6)]);
  return { 4: v4, 6: v6 };
}

async function readGateway(namespace: string, device: string, version: 4 | 6): Promise<Gateway | null> {
  // Few have one, and only ip(8) tells all about it.
  if (!hasDefaultRoute(namespace, device, version)) return null;
  const { stdout } = await run(['ip', '-n', namespace, '-j', `-${version}`, 'route', 'show', 'default', 'dev', device]);
  const rows = JSON.parse(stdout || '[]') as readonly RouteRow[];
  const row = rows.find((candidate) => candidate.gateway !== undefined);
  return row?.gateway === undefined ? null : { address: row.gateway, onLink: row.flags?.includes('onlink') ?? false };
}

export function setGateway(namespace: string, device: string, gateway: Gateway): void {
  inNamespace(namespace, () => replaceDefaultRoute(device, gateway.address, gateway.onLink));
}

/** Removes the default route; one that is gone already is no error. */
export async function deleteGateway(namespace: string, device: string, version: 4 | 6): Promise<void> {
  await run(['ip', '-n', namespace, `-${version}`, 'route', 'delete', 'default', 'dev', device], { accept: [2] });
}
