import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { networkServer, type Caller, type NetworkServer } from '../../support/network-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const member: Caller = { project: 'p', roles: 'member,reader' };
const planner: Caller = { project: 'p', roles: 'planner' };

describe('an operator who writes rules', () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'rules.yaml');
  const further = join(directory.path, 'further');
  let server: NetworkServer;
  beforeAll(async () => {
    mkdirSync(further);
    writeFileSync(file, 'planners: role:planner\ncreate_network: rule:planners\n"get_network:name": rule:planners\n');
    server = await networkServer(`[oslo_policy]\npolicy_file = ${file}\npolicy_dirs = ${further}\n`);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  });
  const make = async (caller: Caller): Promise<number> => (await server.request(caller, 'POST', '/v2.0/networks', { network: { name: 'n' } })).status;

  it('says who makes networks, and who sees their names', async () => {
    expect([await make(member), await make(planner)]).toEqual([403, 201]);
    const names = async (caller: Caller): Promise<string> => JSON.stringify((await server.request(caller, 'GET', '/v2.0/networks?fields=name')).body);
    expect([await names(member), await names(planner)]).toEqual(['{"networks":[{}]}', '{"networks":[{"name":"n"}]}']);
    expect((await server.request(member, 'GET', '/v2.0/networks?name=n')).status).toBe(403);
    const sorted = '/v2.0/networks?fields=id&sort_key=name&sort_dir=asc';
    expect([(await server.request(member, 'GET', sorted)).status, (await server.request(planner, 'GET', sorted)).status]).toEqual([403, 200]);
  });

  it('changes that without a restart, also by a further file, and by mistake changes nothing', async () => {
    writeFileSync(join(further, 'later.json'), '{"create_network": "role:member"}');
    await vi.waitFor(async () => expect([await make(member), await make(planner)]).toEqual([201, 403]), { timeout: 60_000, interval: 200 });
    writeFileSync(join(further, 'later.json'), '{"create_network": "role:');
    await vi.waitFor(() => expect(server.errors.join('')).toContain('later.json'), { timeout: 60_000, interval: 200 });
    expect([await make(member), await make(planner)]).toEqual([201, 403]);
  });

  it('is told at the start of rules that cannot be', async () => {
    writeFileSync(join(further, 'later.json'), '{"create_network": "http://decider/%(name)s"}');
    await expect(networkServer(`[oslo_policy]\npolicy_file = ${file}\npolicy_dirs = ${further}\n`)).rejects.toThrow('later.json: rule "create_network"');
    await expect(networkServer(`[oslo_policy]\npolicy_file = ${file}.none\n`)).rejects.toThrow('policy_file: there is no');
  });
});
