import { join } from 'node:path';
import { defineConfig } from 'rolldown';

const packages = join(import.meta.dirname, '../packages');
const compiled = (file: string): string => join(packages, file.replace('/', '/dist/'));

/**
 * Every program of bin/ (and the host process of `neutrino`) with all that it imports, in few files: of the time a
 * start takes, most goes into finding and linking modules, and there are some 800. bin/ runs these.
 */
export default defineConfig({
  input: {
    neutrino: compiled('allinone/cmd/neutrino.js'),
    'host-process': compiled('allinone/host/host-process.js'),
    'neutron-server': compiled('server/cmd/neutron-server.js'),
    'neutron-db-manage': compiled('server/cmd/neutron-db-manage.js'),
    'neutron-linuxbridge-agent': compiled('agent/cmd/neutron-linuxbridge-agent.js'),
    'neutron-dhcp-agent': compiled('agent/cmd/neutron-dhcp-agent.js'),
    'neutron-metadata-agent': compiled('agent/cmd/neutron-metadata-agent.js'),
    neutron: compiled('client/cmd/neutron.js'),
  },
  platform: 'node',
  // They find their machine code beside their own files.
  external: ['better-sqlite3', 'koffi'],
  output: {
    dir: join(packages, 'allinone/dist/programs'),
    cleanDir: true,
    format: 'esm',
    entryFileNames: '[name].js',
    // All in one folder: a module may look for another file beside itself.
    chunkFileNames: '[name].js',
  },
});
