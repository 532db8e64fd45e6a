import { networkServer } from '../../support/network-server.ts';
import { apiRequest, type Cloud } from './cloud.ts';

/** Our server, in this process. */
export async function ourCloud(servicePlugins: string): Promise<Cloud> {
  const server = await networkServer(`service_plugins = ${servicePlugins}\n[ml2]\nmechanism_drivers = linuxbridge\nextension_drivers = port_security\ntype_drivers = local,flat,vlan,vxlan\ntenant_network_types = vxlan\n[ml2_type_vxlan]\nvni_ranges = 1:5000\n`);
  return { transport: server.connect(), silenceMs: 120, api: (...request) => apiRequest(server.url, ...request), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
