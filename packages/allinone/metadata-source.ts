import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { instanceIn, type InstanceRecord } from './instances/instance-record.ts';

/**
 * What Nova's metadata service is to virtual machines, for namespaced instances: the EC2 and OpenStack
 * paths a guest reads first. It answers only requests that the metadata agent signed, as Nova does.
 */
export interface MetadataSource extends AsyncDisposable {
  readonly port: number;
}

export interface MetadataSourceOptions {
  readonly instancesDirectory: string;
  readonly secret: string;
  /** Where it listens; by default at 127.0.0.1, on any port. */
  readonly address?: string;
  readonly port?: number;
}

export async function startMetadataSource(options: MetadataSourceOptions): Promise<MetadataSource> {
  const server = createServer((request, response) => answer(options, request, response));
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.address ?? '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(
  { instancesDirectory, secret }: { readonly instancesDirectory: string; readonly secret: string },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  request.resume();
  const instanceId = header(request, 'x-instance-id');
  if (instanceId === '' || !isSigned(instanceId, header(request, 'x-instance-id-signature'), secret)) {
    reply(response, 403, 'Invalid proxy request signature.\n');
    return;
  }
  const record = instanceIn(instancesDirectory, instanceId);
  if (record === undefined || record.projectId !== header(request, 'x-tenant-id')) {
    reply(response, 404, 'no such instance\n');
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    reply(response, 405, 'only GET is answered\n');
    return;
  }
  const path = (request.url ?? '/').split('?')[0]?.replace(/\/+$/, '') ?? '';
  const document = documents(record, header(request, 'x-forwarded-for')).get(path);
  if (document === undefined) reply(response, 404, 'not found\n');
  else reply(response, 200, document, path.endsWith('.json') ? 'application/json' : 'text/plain; charset=utf-8');
}

function documents(record: InstanceRecord, address: string): ReadonlyMap<string, string> {
  const items: Readonly<Record<string, string>> = {
    'ami-id': 'None',
    hostname: `${record.name}.novalocal`,
    'instance-id': `i-${record.id.slice(0, 8)}`,
    'local-hostname': `${record.name}.novalocal`,
    'local-ipv4': address,
    mac: record.macAddress,
  };
  const openstack = JSON.stringify({
    uuid: record.id,
    name: record.name,
    hostname: `${record.name}.novalocal`,
    project_id: record.projectId,
    launch_index: 0,
    availability_zone: 'nova',
    meta: {},
  });
  const network = JSON.stringify({
    links: [{ id: record.portId, vif_id: record.portId, type: 'bridge', mtu: record.mtu, ethernet_mac_address: record.macAddress }],
    networks: [{ id: 'network0', link: record.portId, type: 'ipv4_dhcp', network_id: record.networkId }],
    services: [],
  });
  const paths = new Map([
    ['', '2009-04-04\nlatest\n'],
    ['/openstack', '2018-08-27\nlatest\n'],
  ]);
  for (const version of ['/latest', '/2009-04-04']) {
    paths.set(version, 'meta-data/\n');
    paths.set(`${version}/meta-data`, Object.keys(items).join('\n'));
    for (const [name, value] of Object.entries(items)) paths.set(`${version}/meta-data/${name}`, value);
  }
  for (const version of ['/openstack/latest', '/openstack/2018-08-27']) {
    paths.set(version, 'meta_data.json\nnetwork_data.json\n');
    paths.set(`${version}/meta_data.json`, openstack);
    paths.set(`${version}/network_data.json`, network);
  }
  return paths;
}

function isSigned(instanceId: string, signature: string, secret: string): boolean {
  const expected = createHmac('sha256', secret).update(instanceId).digest();
  const given = Buffer.from(signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

function reply(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
