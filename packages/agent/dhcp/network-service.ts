import { existsSync } from 'node:fs';
import type { DhcpNetwork, DhcpPort } from '@neutrino/lib/rpc/payloads';
import type { Logger } from 'pino';
import { deleteInnerLink, readInnerLinks } from '../linux/interface-driver.ts';
import { stopDaemon } from '../linux/daemon.ts';
import { findDnsmasq } from '../linux/dnsmasq.ts';
import { deleteNamespace, ensureNamespace, namespaceExists } from '../linux/netns.ts';
import { watchedDaemons, type WatchedDaemonsOptions } from '../linux/watched-daemons.ts';
import type { SocketAddress } from '../privileged/namespace-socket.ts';
import type { NamespaceProxies } from '../metadata/namespace-proxy.ts';
import { applyDnsmasq } from './apply-dnsmasq.ts';
import { applyNamespace } from './apply-network-namespace.ts';
import { type DhcpSettings, networkDirectory } from './dhcp-settings.ts';
import { filePaths, planDnsmasq } from './plan-dnsmasq.ts';
import { METADATA_IPV4, METADATA_IPV6, METADATA_IPV6_CIDR, namespaceName, type NamespacePlan, planNamespace } from './plan-network-namespace.ts';
import { releaseStaleLeases } from './release-leases.ts';
import { servesMetadata } from './served-network.ts';
import { ensureReadableDirectory, isReachableByOthers, removeDirectory, writeIfChanged } from '../linux/state-files.ts';

/** `onEnd`: of the dnsmasq of a network. */
export interface NetworkServiceOptions extends Omit<WatchedDaemonsOptions, 'repeatedMs'> {
  readonly settings: DhcpSettings;
  readonly proxies: NamespaceProxies;
  readonly log: Logger;
}

/** Everything that serves one network on this host: namespace, device, dnsmasq, metadata proxy. */
export interface NetworkService {
  /** Begins with what needs only the network's id, while the rest is asked for. */
  prepare(networkId: string): Promise<void>;
  /**
   * Makes the kernel, the files and the processes agree with the network. `verify` reads the kernel even if
   * the plan for it is the one applied last. Returns the kinds of the steps executed, none on a correct state.
   */
  apply(network: DhcpNetwork, port: DhcpPort, verify: boolean): Promise<readonly string[]>;
  /** Removes all of it but its folder. Returns false where there was nothing. */
  remove(networkId: string): Promise<boolean>;
  /** Removes the folder; last, because by it the next start knows that something is left to remove. */
  forget(networkId: string): void;
}

export function createNetworkService(options: NetworkServiceOptions): NetworkService {
  const { settings, proxies, log, ends, onEnd } = options;
  const ipv6 = existsSync('/proc/sys/net/ipv6');
  /** The namespace plan that was applied last, by network. */
  const applied = new Map<string, string>();
  /** The dnsmasq of each network that has read the files as this process wrote them. */
  const loaded = watchedDaemons({ ends, onEnd });
  let user: string | null | undefined;

  const dnsmasqUser = (directory: string): string | null => {
    if (user === undefined) {
      ensureReadableDirectory(directory);
      user = isReachableByOthers(directory) ? null : 'root';
      if (user === 'root') log.warn({ directory }, 'only root can reach the state directory, so dnsmasq has to keep running as root');
    }
    return user;
  };

  const applyDevice = async (plan: NamespacePlan, networkId: string, verify: boolean): Promise<readonly string[]> => {
    const key = JSON.stringify(plan);
    if (!verify && applied.get(networkId) === key && namespaceExists(plan.namespace)) return [];
    applied.delete(networkId);
    const steps = await applyNamespace(plan, ipv6);
    applied.set(networkId, key);
    return steps.map((step) => step.kind);
  };

  const applyServer = async (network: DhcpNetwork, port: DhcpPort, device: NamespacePlan): Promise<readonly string[]> => {
    const plan = planDnsmasq(network, port, settings, dnsmasqUser(networkDirectory(settings, network.id)));
    const filesLoaded = loaded.unwatch(network.id) !== undefined;
    const { steps, running } = await applyDnsmasq(plan, { network, namespace: device.namespace, filesLoaded });
    loaded.watch(network.id, running);
    writeIfChanged(`${plan.directory}/interface`, device.device.name);
    await releaseStaleLeases({
      network,
      leaseFile: plan.leaseFile,
      namespace: device.namespace,
      device: device.device.name,
      serverAddresses: device.addresses,
      log,
    });
    return steps.map((step) => `dnsmasq-${step.kind}`);
  };

  const applyMetadata = async (network: DhcpNetwork, { namespace, device, addresses }: NamespacePlan): Promise<readonly string[]> => {
    if (!servesMetadata(network, settings)) {
      await proxies.remove(network.id);
      return [];
    }
    const listening: SocketAddress[] = [{ address: METADATA_IPV4, port: 80 }];
    if (addresses.includes(METADATA_IPV6_CIDR)) listening.push({ address: METADATA_IPV6, port: 80, device: device.name });
    return (await proxies.ensure({ serves: 'network', id: network.id, namespace, addresses: listening })) ? ['metadata-listen'] : [];
  };

  return {
    prepare(networkId) {
      // Before anything else, so that a crash leaves a trace by which the next start finds the rest.
      ensureReadableDirectory(networkDirectory(settings, networkId));
      return ensureNamespace(namespaceName(networkId));
    },
    async apply(network, port, verify) {
      const device = planNamespace(network, port, { ...settings, ipv6 });
      return [
        ...(await applyDevice(device, network.id, verify)),
        ...(await applyServer(network, port, device)),
        ...(await applyMetadata(network, device)),
      ];
    },
    async remove(networkId) {
      applied.delete(networkId);
      loaded.forget(networkId);
      const directory = networkDirectory(settings, networkId);
      const namespace = namespaceName(networkId);
      await proxies.remove(networkId);
      const present = existsSync(directory) || namespaceExists(namespace);
      if (!present) return false;
      const dnsmasq = findDnsmasq(filePaths(directory).pid);
      if (dnsmasq !== undefined) await stopDaemon(dnsmasq);
      if (namespaceExists(namespace)) {
        // The kernel takes a while to clear a deleted namespace; its device on the host is to be gone now.
        for (const name of readInnerLinks(namespace).links.keys()) await deleteInnerLink(namespace, name);
        await deleteNamespace(namespace);
      }
      return true;
    },
    forget: (networkId) => removeDirectory(networkDirectory(settings, networkId)),
  };
}
