import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkServer, type NetworkServer } from '../support/network-server.ts';
import { malformedRequests, type MalformedRequest } from './malformed-requests.ts';
import { sendRaw, type RawAnswer } from './raw-http.ts';

const admin = { project: 'admin-project' };
let server: NetworkServer;
let requests: readonly MalformedRequest[];

beforeAll(async () => {
  server = await networkServer('[ml2]\nextension_drivers = port_security\n');
  const network = await server.create(admin, '/v2.0/networks', { network: { name: 'net' } });
  const subnet = await server.create(admin, '/v2.0/subnets', { subnet: { network_id: network['id'] ?? '', ip_version: 4, cidr: '192.0.2.0/24' } });
  const port = await server.create(admin, '/v2.0/ports', { port: { network_id: network['id'] ?? '' } });
  const group = await server.create(admin, '/v2.0/security-groups', { security_group: { name: 'group' } });
  const objects = { networks: String(network['id']), subnets: String(subnet['id']), ports: String(port['id']), security_groups: String(group['id']) };
  requests = malformedRequests({ credentials: [`X-Project-Id: ${admin.project}`], objects });
});
afterAll(async () => server[Symbol.asyncDispose]());

/** What is wrong with the answer; undefined where nothing is. */
function complaint({ title, endsEarly = false }: MalformedRequest, answer: RawAnswer | undefined): string | undefined {
  if (answer === undefined) return endsEarly ? undefined : 'no answer';
  if (answer.status < 400 || answer.status >= 500) return `status ${answer.status}: ${answer.body.slice(0, 200)}`;
  if (title.startsWith('HEAD')) return answer.body === '' ? undefined : 'a body';
  const { NeutronError: error } = JSON.parse(answer.body) as { NeutronError?: { type?: unknown; message?: unknown; detail?: unknown } };
  const isRight = typeof error?.type === 'string' && typeof error.message === 'string' && error.message !== '' && typeof error.detail === 'string';
  return isRight && answer.body.length < 4000 ? undefined : `body ${answer.body.slice(0, 200)}`;
}

describe('malformed requests', () => {
  it('are all answered with 4xx in the shape of errors, whatever is wrong with them', { timeout: 120_000 }, async () => {
    const failures: string[] = [];
    const queue = [...requests];
    const worker = async (): Promise<void> => {
      for (let request = queue.shift(); request !== undefined; request = queue.shift()) {
        try {
          const problem = complaint(request, await sendRaw(server.url, request.chunks, { endsEarly: request.endsEarly ?? false }));
          if (problem !== undefined) failures.push(`${request.title}: ${problem}`);
        } catch (error) {
          failures.push(`${request.title}: ${String(error)}`);
        }
      }
    };
    expect(requests.length).toBeGreaterThan(500);
    await Promise.all(Array.from({ length: 4 }, worker));
    expect(failures).toEqual([]);
    expect(server.errors).toEqual([]);
  });

  it('change nothing', async () => {
    for (const [path, collection, count] of [['networks', 'networks', 1], ['subnets', 'subnets', 1], ['ports', 'ports', 1]] as const) {
      expect((await server.request(admin, 'GET', `/v2.0/${path}`)).body[collection]).toHaveLength(count);
    }
  });
});
