import http from 'node:http';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';

const packages = join(import.meta.dirname, '../packages');
const compiled = (file: string): string => join(packages, file.replace('/', '/dist/'));

/**
 * `import … from 'node:http'` makes Node read every property of that module, and one of them loads its whole WebSocket
 * client: 13 MiB and some 30 ms that no program here has a use for.
 */
const httpWithoutWebSocket: Plugin = {
  name: 'http-without-websocket',
  resolveId: {
    filter: { id: /^(node:)?http$/ },
    handler: (_id, _importer, { kind }) => (kind === 'import-statement' ? '\0http' : undefined),
  },
  load: {
    filter: { id: /^\0http$/ },
    handler: () => {
      const names = Object.entries(Object.getOwnPropertyDescriptors(http)).filter(([, { get }]) => get === undefined).map(([name]) => name);
      return `const http = process.getBuiltinModule('node:http');\nexport default http;\nexport const { ${names.join(', ')} } = http;\n`;
    },
  },
};

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
    'neutron-l3-agent': compiled('agent/cmd/neutron-l3-agent.js'),
    'neutron-metadata-agent': compiled('agent/cmd/neutron-metadata-agent.js'),
    neutron: compiled('client/cmd/neutron.js'),
  },
  platform: 'node',
  plugins: [httpWithoutWebSocket],
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
