import type { Host } from '@neutrino/allinone/host/host';
import { destroyPrivateHost, openPrivateHost } from '@neutrino/allinone/host/private-host';
import { openStateDirectory } from '@neutrino/allinone/state-directory';
import { temporaryDirectory } from './temporary-directory.ts';

export interface TestHost extends Host, AsyncDisposable {}

/**
 * A Linux host of the test's own: a network and a mount namespace with their own /sys and /run/netns, so
 * that nothing a test does can reach the machine's network. Needs `requires(root, networkNamespaces)`.
 *
 *     await using host = await privateHost();
 *     await host.run(['ip', 'link', 'add', 'brq1', 'type', 'bridge']);
 *     spawn(host.enter[0], [...host.enter.slice(1), 'dnsmasq', …]);
 *
 * Its end ends every process inside and everything that they made.
 */
export async function privateHost(): Promise<TestHost> {
  const directory = temporaryDirectory();
  const state = openStateDirectory(directory.path);
  try {
    const host = await openPrivateHost(state);
    return {
      ...host,
      async [Symbol.asyncDispose]() {
        await destroyPrivateHost(state);
        directory[Symbol.dispose]();
      },
    };
  } catch (error) {
    await destroyPrivateHost(state);
    directory[Symbol.dispose]();
    throw error;
  }
}
