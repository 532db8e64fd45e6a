import type { Json, JsonObject } from '@neutrino/lib/json';
import type { Endpoint } from '@neutrino/lib/rpc/messaging';
import { objectData, routerPartVersions } from './router-parts.ts';
import type { L3Extension } from './l3-settings.ts';

/** The objects whose changes an extension has to hear of. */
const objectOf = { port_forwarding: 'PortForwarding', conntrack_helper: 'ConntrackHelper' } as const satisfies Readonly<Record<L3Extension, keyof typeof routerPartVersions>>;

/** The topics at which the server tells of parts of routers, as Neutron's agents listen at them. */
export function routerPartTopics(extensions: readonly L3Extension[]): readonly string[] {
  return extensions.map((extension) => `neutron-vo-${objectOf[extension]}-${routerPartVersions[objectOf[extension]]}`);
}

/** Which objects the agent keeps, as it reports to the server. */
export function routerPartsKept(extensions: readonly L3Extension[]): Readonly<Record<string, string>> {
  return Object.fromEntries(extensions.map((extension) => [objectOf[extension], routerPartVersions[objectOf[extension]]]));
}

/** A port forwarding or a helper came, changed or went: its router is made anew, from what it is then. `onChange`: the router; undefined where that is not said. */
export function routerPartEndpoint(onChange: (routerId: string | undefined) => void): Endpoint {
  return {
    version: '1.1',
    methods: {
      push(_context: unknown, args: JsonObject) {
        const { resource_list: objects } = args;
        if (!Array.isArray(objects)) throw new TypeError('a list of objects is needed');
        for (const object of objects as readonly Json[]) {
          const { router_id: routerId } = objectData(object);
          onChange(typeof routerId === 'string' ? routerId : undefined);
        }
        return null;
      },
    },
  };
}
