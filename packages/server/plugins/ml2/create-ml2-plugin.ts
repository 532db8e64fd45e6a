import type { CorePlugin } from './core-plugin.ts';
import { loadDrivers } from './drivers/registry.ts';
import type { Ml2 } from './ml2.ts';
import { createNetworks } from './networks/create-network.ts';
import { deleteNetwork } from './networks/delete-network.ts';
import { listNetworks } from './networks/list-networks.ts';
import { networkView, visibleNetwork } from './networks/read-network.ts';
import { updateNetwork } from './networks/update-network.ts';
import { createPorts } from './ports/create-port.ts';
import { deletePort } from './ports/delete-port.ts';
import { listPorts } from './ports/list-ports.ts';
import { updatePortStatus } from './ports/port-status.ts';
import { portView, visiblePort } from './ports/read-port.ts';
import { rebindPort } from './ports/rebind-port.ts';
import { updatePort } from './ports/update-port.ts';
import { createSubnets } from './subnets/create-subnet.ts';
import { deleteSubnet } from './subnets/delete-subnet.ts';
import { listSubnets } from './subnets/list-subnets.ts';
import { subnetView, visibleSubnet } from './subnets/read-subnet.ts';
import { updateSubnet } from './subnets/update-subnet.ts';

/** The core plugin: networks, subnets and ports over the drivers that `settings` names. Throws an Error where it names an unknown one. */
export function createMl2Plugin(dependencies: Omit<Ml2, 'drivers'>): CorePlugin {
  const ml2: Ml2 = Object.freeze({ ...dependencies, drivers: loadDrivers(dependencies.settings) });
  const { db } = ml2;
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
      list: (context, query) => listPorts(ml2, context, query),
      async get(context, id) {
        await visiblePort(db, context, id);
        return portView(ml2, db, id);
      },
      create: (context, bodies, options) => createPorts(ml2, context, bodies, options),
      update: (context, id, changes, options) => updatePort(ml2, context, id, changes, options),
      delete: (context, id, options) => deletePort(ml2, context, id, options),
    },
    updatePortStatus: (context, portId, status, host) => updatePortStatus(ml2, context, portId, status, host),
    rebindPort: (context, portId) => rebindPort(ml2, context, portId),
  };
}
