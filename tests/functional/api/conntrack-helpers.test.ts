import type { JsonObject } from '@neutrino/lib/json';
import { describe, expect, it } from 'vitest';
import { admin, alice, bob } from '../../support/callers.ts';
import { serverForEachTest } from '../../support/server-for-each-test.ts';
import { shortCalls } from '../../support/short-calls.ts';

const server = serverForEachTest('service_plugins = router,conntrack_helper\nallowed_conntrack_helpers = ftp:tcp,sip:tcp,sip:udp\n');
const { status, outcome, object, list, create } = shortCalls(server);

const all = (router: string): string => `/v2.0/routers/${router}/conntrack_helpers`;
const ftp: JsonObject = { protocol: 'tcp', port: 21, helper: 'ftp' };
const message = async (path: string, body: JsonObject): Promise<string> => {
  const { body: answer } = await server().request(alice, 'POST', path, { conntrack_helper: body });
  return String((answer['NeutronError'] as JsonObject | undefined)?.['message'] ?? '');
};

describe('a connection tracking helper', () => {
  it('is made, shown, changed and deleted, and shown by its router', async () => {
    const router = await create(alice, 'router', {});
    expect(await object(alice, 'GET', `/v2.0/routers/${router}`)).toMatchObject({ conntrack_helpers: [], revision_number: 1 });
    const helper = await object(alice, 'POST', all(router), { conntrack_helper: { ...ftp, port: '21' } });
    const id = String(helper['id']);
    expect(helper).toEqual({ id, ...ftp });
    expect(await object(alice, 'GET', `${all(router)}/${id}`)).toEqual(helper);
    expect(await object(alice, 'GET', `/v2.0/routers/${router}`)).toMatchObject({ conntrack_helpers: [ftp], revision_number: 2 });
    expect(await object(alice, 'PUT', `${all(router)}/${id}`, { conntrack_helper: { helper: 'sip', protocol: 'udp', port: 5060 } })).toEqual({ id, helper: 'sip', protocol: 'udp', port: 5060 });
    expect(await outcome(alice, 'POST', all(router), { conntrack_helpers: [ftp, { ...ftp, port: 2121 }] })).toBe('201');
    expect((await list(alice, `${all(router)}?sort_key=port&sort_dir=asc`)).map(({ port }) => port)).toEqual([21, 2121, 5060]);
    expect(await list(alice, `${all(router)}?helper=ftp&port=2121&fields=port`)).toEqual([{ port: 2121 }]);
    expect(await status(alice, 'DELETE', `${all(router)}/${id}`)).toBe(204);
    expect(await outcome(alice, 'GET', `${all(router)}/${id}`)).toBe('404 ConntrackHelperNotFound');
    expect(await status(alice, 'DELETE', `/v2.0/routers/${router}`)).toBe(204);
    expect(await list(alice, all(router))).toEqual([]);
  });

  it('is one that is allowed, with a protocol that it has, and once', async () => {
    const router = await create(alice, 'router', {});
    expect(await message(all(router), { ...ftp, helper: 'tftp' })).toBe('Conntrack Helper tftp is not allowed.');
    expect(await message(all(router), { ...ftp, helper: 'sip', protocol: 'icmp' })).toBe('Conntrack Helper sip does not support: icmp. Supported protocols are: tcp, udp');
    expect(await outcome(alice, 'POST', all(router), { conntrack_helper: { ...ftp, port: 0 } })).toBe('400 HTTPBadRequest');
    expect(await outcome(alice, 'POST', all(router), { conntrack_helper: { ...ftp, helper: 'x'.repeat(65) } })).toBe('400 HTTPBadRequest');
    expect(await outcome(alice, 'POST', all(router), { conntrack_helper: { port: 21 } })).toBe('400 HTTPBadRequest');
    expect(await outcome(alice, 'POST', all(crypto.randomUUID()), { conntrack_helper: ftp })).toBe('404 RouterNotFound');
    const outcomes = await Promise.all(Array.from({ length: 3 }, () => outcome(alice, 'POST', all(router), { conntrack_helper: ftp })));
    expect(outcomes.toSorted()).toEqual(['201', '400 BadRequest', '400 BadRequest']);
    expect(await message(all(router), ftp)).toContain(`A duplicate conntrack helper entry with same attributes already exists, conflicting values are {'router_id': '${router}', 'protocol': 'tcp', 'port': 21, 'helper': 'ftp'}`);
    const other = String((await object(alice, 'POST', all(router), { conntrack_helper: { ...ftp, port: 2121 } }))['id']);
    expect(await outcome(alice, 'PUT', `${all(router)}/${other}`, { conntrack_helper: { port: 21 } })).toBe('400 BadRequest');
    expect(await outcome(alice, 'PUT', `${all(router)}/${other}`, { conntrack_helper: { protocol: 'udp' } })).toBe('400 InvalidProtocolForHelper');
  });

  it('is nothing to other projects', async () => {
    const router = await create(alice, 'router', {});
    const id = String((await object(alice, 'POST', all(router), { conntrack_helper: ftp }))['id']);
    expect(await list(bob, all(router))).toEqual([]);
    expect(await outcome(bob, 'GET', `${all(router)}/${id}`)).toBe('404 ConntrackHelperNotFound');
    expect(await outcome(bob, 'POST', all(router), { conntrack_helper: { ...ftp, port: 22 } })).toBe('404 RouterNotFound');
    expect(await outcome(bob, 'PUT', `${all(router)}/${id}`, { conntrack_helper: { port: 22 } })).toBe('404 ConntrackHelperNotFound');
    expect(await outcome(bob, 'DELETE', `${all(router)}/${id}`)).toBe('404 ConntrackHelperNotFound');
    expect(await list(admin, all(router))).toHaveLength(1);
    expect(await outcome(alice, 'GET', `${all(await create(alice, 'router', {}))}/${id}`)).toBe('404 ConntrackHelperNotFound');
  });
});
