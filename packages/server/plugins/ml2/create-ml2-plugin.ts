import { createAddressScopeHandler } from './address-scopes/address-scope-handler.ts';
import { createPortBindings } from './bindings/create-port-bindings.ts';
import type { CorePlugin } from './core-plugin.ts';
import { loadDrivers } from './drivers/registry.ts';
import type { Ml2 } from './ml2.ts';
import { createNetworks } from './networks/create-network.ts';
import { deleteNetwork } from './networks/delete-network.ts';
import { listNetworks } from './networks/list-networks.ts';
import { networkView, visibleNetwork } from './networks/read-network.ts';
import { updateNetwork } from './networks/update-network.ts';
import { changePorts } from './ports/change-ports.ts';
import { createPorts } from './ports/create-port.ts';
import { deletePort } from './ports/delete-port.ts';
import { listPortColumns, listPorts } from './ports/list-ports.ts';
import { updatePortStatuses } from './ports/port-status.ts';
import { createReadyKeeper } from './ports/keep-ready.ts';
import { readyPort } from './ports/read-port.ts';
import { readyFormat } from './ports/ready-port.ts';
import { rebindPort } from './ports/rebind-port.ts';
import { updatePort } from './ports/update-port.ts';
import { createSubnetpoolHandler } from './subnetpools/subnetpool-handler.ts';
import { createSubnets } from './subnets/create-subnet.ts';
import { deleteSubnet } from './subnets/delete-subnet.ts';
import { listSubnets } from './subnets/list-subnets.ts';
import { subnetView, visibleSubnet } from './subnets/read-subnet.ts';
import { updateSubnet } from './subnets/update-subnet.ts';

export interface Ml2Dependencies extends Omit<Ml2, 'drivers' | 'format' | 'keepReady' | 'addressesInFlight'> {
  /** The attributes of ports that the API serves, in its order; absent: all there are. */
  readonly portAttributes?: readonly string[];
}

/** The core plugin: networks, subnets and ports over the drivers that `settings` names. Throws an Error where it names an unknown one. */
export function createMl2Plugin({ portAttributes, ...dependencies }: Ml2Dependencies): CorePlugin {
  const { db, settings } = dependencies;
  const format = readyFormat(portAttributes, [settings]);
  const ml2: Ml2 = Object.freeze({ ...dependencies, drivers: loadDrivers(settings), format, keepReady: createReadyKeeper(db), addressesInFlight: { held: new Map(), windows: new Map() } });
  return {
    networks: {
      list: (context, query) => listNetworks(ml2, context, query),
      async get(context, id) {
        await visibleNetwork(db, context, id);
        return networkView(ml2, db, id, context);
      },
      create: (context, bodies, options) => createNetworks(ml2, context, bodies, options),
      update: (context, id, changes, options) => updateNetwork(ml2, context, id, changes, options),
      delete: (context, id, options) => deleteNetwork(ml2, context, id, options),
    },
    subnets: {
      list: (context, query) => listSubnets(ml2, context, query),
      async get(context, id) {
        await visibleSubnet(db, context, id);
        return subnetView(ml2, db, id, context);
      },
      create: (context, bodies, options) => createSubnets(ml2, context, bodies, options),
      update: (context, id, changes, options) => updateSubnet(ml2, context, id, changes, options),
      delete: (context, id, options) => deleteSubnet(ml2, context, id, options),
    },
    ports: {
      list: async (context, query) => (await listPorts(ml2, context, query)).map(({ object }) => object),
      get: async (context, id) => (await readyPort(ml2, db, context, id)).object,
      create: async (context, bodies, options) => (await createPorts(ml2, context, bodies, options)).map(({ object }) => object),
      update: async (context, id, changes, options) => (await updatePort(ml2, context, id, changes, options)).object,
      delete: (context, id, options) => deletePort(ml2, context, id, options),
      ready: {
        list: (context, query) => listPorts(ml2, context, query),
        listFields: (context, query, fields) => listPortColumns(ml2, context, query, fields),
        get: (context, id) => readyPort(ml2, db, context, id),
        create: (context, bodies, options) => createPorts(ml2, context, bodies, options),
        update: (context, id, changes, options) => updatePort(ml2, context, id, changes, options),
      },
    },
    changePorts: (context, changes, alongside) => changePorts(ml2, context, changes, alongside),
    bindings: createPortBindings(ml2),
    subnetpools: createSubnetpoolHandler(ml2),
    addressScopes: createAddressScopeHandler(db),
    updatePortStatuses: (context, ids, status, report) => updatePortStatuses(ml2, context, { ids, status, ...report }),
    rebindPort: (context, portId) => rebindPort(ml2, context, portId),
  };
}
