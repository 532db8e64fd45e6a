import type { Json, JsonObject } from '@neutrino/lib/json';
import { topics } from '@neutrino/lib/rpc/topics';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { alice } from '../../support/callers.ts';
import { networkServer, type NetworkServer } from '../../support/network-server.ts';
import { routedNetwork } from '../../support/routed-network.ts';
import { shortCalls } from '../../support/short-calls.ts';

let server: NetworkServer;
const calls = shortCalls(() => server);
const { object, create, status } = calls;

beforeEach(async () => {
  server = await networkServer('service_plugins = router,port_forwarding,conntrack_helper\n');
});
afterEach(() => server[Symbol.asyncDispose]());

const asked = (topic: string, version: string, method: string, args: JsonObject): Promise<Json> => server.connect().call({}, { topic, version }, method, args);
const reported = (more: JsonObject = {}): Promise<Json> =>
  asked(topics.reports, '1.0', 'report_state', {
    agent_state: { agent_state: { binary: 'neutron-l3-agent', host: 'net-1', topic: topics.l3Agent, agent_type: 'L3 agent', availability_zone: 'nova', start_flag: true, configurations: { agent_mode: 'legacy' }, ...more } },
    time: new Date().toISOString(),
  });
const pulled = async (type: string, version: string, filters: JsonObject): Promise<readonly JsonObject[]> =>
  (await asked(topics.plugin, '1.1', 'bulk_pull', { resource_type: type, version, filter_kwargs: filters })) as readonly JsonObject[];
/** What agents that listen for a type in a version hear: the event and the object. */
async function heardOf(type: string, version: string): Promise<(readonly [Json | undefined, JsonObject])[]> {
  const heard: (readonly [Json | undefined, JsonObject])[] = [];
  const push = (_context: unknown, args: JsonObject): null => {
    for (const each of args['resource_list'] as readonly JsonObject[]) heard.push([args['event_type'], each]);
    return null;
  };
  await server.connect().listen({ topic: `neutron-vo-${type}-${version}`, server: 'net-1', endpoints: [{ version: '1.1', methods: { push } }] });
  return heard;
}

test('port forwardings are told to agents as objects: with the routers, when they ask, and when something happens to one', async () => {
  const { external, network, router } = await routedNetwork(calls);
  const port = await create(alice, 'port', { network_id: network, fixed_ips: [{ ip_address: '10.0.0.5' }] });
  const floating = await create(alice, 'floatingip', { floating_network_id: external });
  const address = (await object(alice, 'GET', `/v2.0/floatingips/${floating}`))['floating_ip_address'];
  await reported({ resource_versions: { PortForwarding: '1.1' } });
  await asked(topics.l3Plugin, '1.9', 'get_router_ids', { host: 'net-1' });
  const synchronised = async (): Promise<JsonObject> => ((await asked(topics.l3Plugin, '1.0', 'sync_routers', { host: 'net-1', router_ids: [router] })) as readonly JsonObject[])[0] ?? {};
  const before = await synchronised();
  expect(before).not.toHaveProperty('_pf_floatingips');

  const [newest, older] = [await heardOf('PortForwarding', '1.3'), await heardOf('PortForwarding', '1.1')];
  const all = `/v2.0/floatingips/${floating}/port_forwardings`;
  const id = String((await object(alice, 'POST', all, { port_forwarding: { protocol: 'tcp', external_port_range: '8000:8005', internal_port_range: '9000:9005', internal_ip_address: '10.0.0.5', internal_port_id: port } }))['id']);
  const data = {
    id, floatingip_id: floating, external_port_range: '8000:8005', internal_port_range: '9000:9005', protocol: 'tcp', internal_port_id: port, internal_ip_address: '10.0.0.5', floating_ip_address: address, router_id: router, description: '',
    revision_number: 1, created_at: expect.stringMatching(/Z$/) as unknown, updated_at: expect.stringMatching(/Z$/) as unknown,
  };
  const primitive = { 'versioned_object.name': 'PortForwarding', 'versioned_object.namespace': 'versionedobjects', 'versioned_object.version': '1.3', 'versioned_object.data': data };
  await expect.poll(() => newest).toEqual([['created', primitive]]);
  await expect.poll(() => older).toHaveLength(1);
  const { external_port_range: _external, internal_port_range: _internal, description: _description, ...older11 } = data;
  expect(older[0]?.[1]['versioned_object.data']).toEqual({ ...older11, external_port: 8000, internal_port: 9000 });
  expect(await pulled('PortForwarding', '1.3', { floatingip_id: [floating] })).toEqual([primitive]);
  expect(await pulled('PortForwarding', '1.3', { floatingip_id: [crypto.randomUUID()] })).toEqual([]);
  expect(await synchronised()).toMatchObject({ fip_managed_by_port_forwardings: [floating], port_forwardings_fip_set: [`${String(address)}/32`], _pf_floatingips: [{ id: floating, floating_ip_address: address }] });
  expect(await synchronised()).not.toHaveProperty('_floatingips');
  // An agent that compares learns of a message that was lost.
  expect((await synchronised())['_revision']).not.toBe(before['_revision']);

  await object(alice, 'PUT', `${all}/${id}`, { port_forwarding: { external_port: 80, internal_port: 8080 } });
  expect(await status(alice, 'DELETE', `/v2.0/ports/${port}`)).toBe(204);
  await expect.poll(() => newest.map(([event]) => event)).toEqual(['created', 'updated', 'deleted']);
  expect(newest.at(-1)?.[1]['versioned_object.data']).toMatchObject({ id, external_port: 80, external_port_range: '80:80', internal_port: 8080, router_id: router, floatingip_id: floating, floating_ip_address: address });
});

test('connection tracking helpers are told to agents as objects, and with their router', async () => {
  const router = await create(alice, 'router', {});
  const heard = await heardOf('ConntrackHelper', '1.0');
  const all = `/v2.0/routers/${router}/conntrack_helpers`;
  const id = String((await object(alice, 'POST', all, { conntrack_helper: { protocol: 'tcp', port: 21, helper: 'ftp' } }))['id']);
  const data = { id, router_id: router, protocol: 'tcp', port: 21, helper: 'ftp' };
  expect((await pulled('ConntrackHelper', '1.0', { router_id: router })).map((each) => each['versioned_object.data'])).toEqual([data]);
  await object(alice, 'PUT', `${all}/${id}`, { conntrack_helper: { port: 2121 } });
  await status(alice, 'DELETE', `${all}/${id}`);
  await expect.poll(() => heard.map(([event, each]) => [event, (each['versioned_object.data'] as JsonObject)['port']])).toEqual([['created', 21], ['updated', 2121], ['deleted', 2121]]);
});
