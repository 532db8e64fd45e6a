import type { ComputeHosts, Outside } from './installation.ts';
import { leftOver, namespacesOf } from './left-over.ts';
import type { NetworkApi } from './network-api.ts';
import { checker, eventually, type Note } from './outcome.ts';
import { checkAgentOfRouter } from './routers/agent.ts';
import { checkFloatingIps } from './routers/floating-ips.ts';
import { checkPortForwardings } from './routers/port-forwardings.ts';
import { openScene, untilSeen, type RoutedScene } from './routers/scene.ts';
import { checkTraffic } from './routers/traffic.ts';

/** Looks at one side of a router, and leaves it as it was. */
export type RouterCheck = (scene: RoutedScene) => Promise<void>;

/** One after the other, on the same router. The last takes its gateway away. */
const allChecks: readonly RouterCheck[] = [checkTraffic, checkFloatingIps, checkPortForwardings, checkAgentOfRouter];

/** Looks at a router and its agent, from the first address until nothing of it is left. */
export async function checkRouters(api: NetworkApi, compute: ComputeHosts, outside: Outside, note: Note, checks = allChecks): Promise<void> {
  const check = checker('routers', note);
  const scene = await openScene(api, compute, outside, check);
  for (const one of checks) await one(scene);
  await check('a router that is deleted goes', async () => {
    const ports = await api.list('ports', `?device_id=${scene.routerId}`);
    const taps = ports.map(({ id }) => `tap${String(id).slice(0, 11)}`);
    await scene.removeRouter();
    // Neutron's Linux bridge agent does not get over a network that goes while a router is still on it.
    return await untilSeen({
      'its namespace is gone': async () => (await namespacesOf(compute.router, scene.namespace)).length === 0,
      'its devices are gone': async () => {
        const links = (await compute.router.run(['ip', '-o', 'link', 'show'])).stdout;
        return !taps.some((tap) => links.includes(tap));
      },
    });
  });
  await check('what was made goes', async () => {
    await scene.remove();
    return await eventually(() => leftOver(compute.hosts));
  });
}
