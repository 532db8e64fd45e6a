/** What Neutron calls the services that this server has: flavors may be kinds of these. */
export const serviceTypes: ReadonlySet<string> = new Set(['CORE', 'FLAVORS', 'TAG', 'network-ip-availability', 'revision_plugin', 'timestamp']);
