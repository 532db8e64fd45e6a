import type { InstanceNetwork } from './instances.ts';
import { oneOf, takeOne } from './random.ts';
import type { WriteActions, Writer } from './writes.ts';

/** Objects of each kind that are kept at most: beyond, one is deleted. */
const MOST = { floating: 5, routers: 3, destinations: 8 };

/** A router of its own network. */
interface Routed {
  readonly router: string;
  readonly network: string;
  readonly subnet: string;
}

/** Routers with a network behind them, floating IPs that are led here and there, and routes of the router that traffic goes through. */
export function routingWrites({ cloud, ledger, random, name }: Writer): WriteActions {
  const { router, outside } = cloud.routing;
  const floating: string[] = [];
  /** Ports that nobody speaks through, so that a floating IP may leave them. */
  const targets: string[] = [];
  /** Floating IP → the one that it leads to, or may. */
  const led = new Map<string, string>();
  const routers: Routed[] = [];
  let destinations: readonly string[] = [];
  let isRouting = false;

  const target = async (): Promise<string | undefined> => {
    const used = new Set(led.values());
    const free = targets.filter((port) => !used.has(port));
    if (free.length > 0) return oneOf(random, free as [string]);
    const made = await ledger.create('ports', { port: { network_id: oneOf(random, cloud.networks as [InstanceNetwork]).id, name: name('target-') } });
    if (made === undefined) return undefined;
    targets.push(String(made['id']));
    return String(made['id']);
  };
  const remove = async (routed: Routed): Promise<void> => {
    await ledger.attempt('PUT', `/v2.0/routers/${routed.router}/remove_router_interface`, { subnet_id: routed.subnet });
    await ledger.remove('routers', routed.router);
    await ledger.remove('networks', routed.network);
  };
  return {
    names: ['floating', 'lead', 'lead', 'lead', 'deleteFloating', 'router', 'router', 'deleteRouter', 'deleteRouter', 'routes', 'routes'],
    actions: {
      async floating() {
        if (floating.length >= MOST.floating) return;
        const port = random() < 0.5 ? undefined : await target();
        const made = await ledger.create('floatingips', { floatingip: { floating_network_id: outside, ...(port !== undefined && { port_id: port }) } });
        if (made === undefined) return;
        floating.push(String(made['id']));
        if (port !== undefined) led.set(String(made['id']), port);
      },
      async lead() {
        const id = takeOne(random, floating);
        if (id === undefined) return;
        const port = random() < 0.3 ? null : ((await target()) ?? null);
        if (port !== null) led.set(id, port);
        await ledger.change('floatingips', id, { floatingip: { port_id: port } }, String(port));
        if (port === null) led.delete(id);
        floating.push(id);
      },
      async deleteFloating() {
        const id = floating.length > MOST.floating / 2 ? takeOne(random, floating) : undefined;
        if (id === undefined) return;
        await ledger.remove('floatingips', id);
        led.delete(id);
      },
      async router() {
        if (routers.length >= MOST.routers) return;
        const network = await ledger.create('networks', { network: { name: name('routed-') } });
        if (network === undefined) return;
        const subnet = Object.values((await ledger.attempt('POST', '/v2.0/subnets', { subnet: { network_id: String(network['id']), ip_version: 4, cidr: '10.8.0.0/24' } })) ?? {})[0];
        const made = await ledger.create('routers', { router: { name: name('write-'), external_gateway_info: { network_id: outside } } });
        if (made === undefined || subnet === undefined) return;
        const routed = { router: String(made['id']), network: String(network['id']), subnet: String((subnet as { id: string }).id) };
        await ledger.attempt('PUT', `/v2.0/routers/${routed.router}/add_router_interface`, { subnet_id: routed.subnet });
        routers.push(routed);
      },
      async deleteRouter() {
        const routed = routers.length > MOST.routers / 2 ? takeOne(random, routers) : undefined;
        if (routed !== undefined) await remove(routed);
      },
      async routes() {
        if (isRouting) return;
        isRouting = true;
        const next = `10.${100 + Math.floor(random() * 100)}.0.0/16`;
        destinations = destinations.length < MOST.destinations ? [...new Set([...destinations, next])] : destinations.slice(Math.ceil(random() * destinations.length));
        const nexthop = cloud.instances[0]?.address ?? '';
        await ledger.change('routers', router, { router: { routes: destinations.map((destination) => ({ destination, nexthop })) } }, destinations.toSorted().join(' '));
        isRouting = false;
      },
    },
    async clear() {
      await ledger.change('routers', router, { router: { routes: [] } }, '');
      await Promise.all([...floating.map((id) => ledger.remove('floatingips', id)), ...routers.map(remove)]);
      await Promise.all(targets.map((id) => ledger.remove('ports', id)));
    },
  };
}
