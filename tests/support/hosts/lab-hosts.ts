import { openLabHost, type LabHost } from './lab-host.ts';
import type { NamespacesOptions } from './namespaces.ts';
import { openUnderlay, type Underlay } from './underlay.ts';

/**
 * Hosts on one underlay, linux-node1 at 192.168.56.11 and so on. They are namespaces (`namespaces.ts`), so several labs can run at
 * once; nothing of them survives this process, even where it is killed. Needs `requires(hostNamespaces)`.
 *
 *     await using lab = await openLabHosts(2);
 *     const [controller, compute] = lab.hosts;
 *     const program = await controller.start('server', ['/usr/bin/neutron-server']);
 *     await program.says('listening');
 *     await compute.run(['ping', '-c1', controller.address]);
 *     await compute.cut();
 */
export interface LabHosts extends AsyncDisposable {
  readonly underlay: Underlay;
  readonly hosts: readonly LabHost[];
}

export async function openLabHosts(count: number, options: NamespacesOptions = {}): Promise<LabHosts> {
  await using opened = new AsyncDisposableStack();
  const underlay = opened.use(await openUnderlay());
  const hosts = await Promise.all(Array.from({ length: count }, async (_, index) => opened.use(await openLabHost(underlay, index + 1, count, options))));
  const owned = opened.move();
  return { underlay, hosts, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
