import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { expect, test } from 'vitest';
import { liveAgent } from '../support/live-agent.ts';
import { networkServer, type NetworkServer } from '../support/network-server.ts';
import { requestGenerator, type GeneratedRequest, type Persona } from './abuse/generated-requests.ts';
import { judge, type GivenAnswer } from './abuse/judged-answers.ts';
import { KnownObjects } from './abuse/known-objects.ts';
import { seededChoice } from './abuse/seeded-choice.ts';

/** `make abuse` sends 20,000. The same seed gives the same requests, but for the ids that the server chooses. */
const REQUESTS = Number(process.env['ABUSE_REQUESTS'] ?? 3000);
const SEED = Number(process.env['ABUSE_SEED'] ?? 1);
const ENOUGH_FAILURES = 10;

const A = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
const PERSONAS: readonly Persona[] = [
  { name: 'an administrator', project: '0123456789abcdef0123456789abcdef', roles: ['admin', 'member', 'reader'] },
  { name: 'a member of A', project: A, roles: ['member', 'reader'] },
  { name: 'a reader of A', project: A, roles: ['reader'] },
  { name: 'a member of B', project: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', roles: ['member', 'reader'] },
  { name: 'somebody without roles', project: 'cccccccccccccccccccccccccccccccc', roles: [] },
];
const ADMIN = PERSONAS[0] as Persona;

const SETTINGS = `
[ml2]
type_drivers = local,flat,vlan,vxlan
tenant_network_types = vxlan
mechanism_drivers = linuxbridge
extension_drivers = port_security
[ml2_type_flat]
flat_networks = *
[ml2_type_vlan]
network_vlan_ranges = physnet1:1:4094
[ml2_type_vxlan]
vni_ranges = 1:100000
[quotas]
quota_network = 60
quota_subnet = 80
quota_port = 150
quota_security_group = 30
quota_security_group_rule = 200
`;

async function send(server: NetworkServer, { persona, method, path, body, headers }: GeneratedRequest): Promise<GivenAnswer> {
  const started = performance.now();
  const response = await fetch(`${server.url}${path}`, {
    method,
    // No role is not the same as no word about roles, which without Keystone is an administrator's.
    headers: { 'X-Project-Id': persona.project, 'X-Roles': persona.roles.join(',') || ',', 'X-User-Id': persona.name.replaceAll(' ', '-'), ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text(), milliseconds: performance.now() - started };
}

/** What the administrator sees of everything: the truth about who owns what. */
async function learn(server: NetworkServer, document: JsonObject, known: KnownObjects): Promise<void> {
  for (const template of Object.keys(document['paths'] as JsonObject).filter((path) => /^\/v2\.0\/[\w-]+$/.test(path))) {
    const { text } = await send(server, { persona: ADMIN, method: 'GET', path: template, template, headers: {} });
    note(known, JSON.parse(text) as Json);
  }
}

function note(known: KnownObjects, body: Json): void {
  if (!isJsonObject(body)) return;
  for (const [name, value] of Object.entries(body)) {
    if (!name.endsWith('_links')) known.note(Array.isArray(value) ? name : pluralOf(name), value);
  }
}

const pluralOf = (name: string): string => (name.endsWith('y') ? `${name.slice(0, -1)}ies` : `${name}s`);

test(`${REQUESTS} requests, right and wrong, by five kinds of people: no failure of the server, none slow, none that tells what is another's (seed ${SEED})`, { timeout: 3_600_000 }, async () => {
  await using server = await networkServer(SETTINGS);
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as JsonObject;
  for (const host of ['host-1', 'host-2']) await liveAgent(server.db, host);
  for (const host of ['host-1', 'host-2']) await liveAgent(server.db, host, 'DHCP agent');
  const known = new KnownObjects();
  await learn(server, document, known);
  const next = requestGenerator(document, PERSONAS, known, seededChoice(SEED));
  const complaintOf = judge(document, known);
  const failures: string[] = [];
  const statuses = new Map<number, number>();
  const succeeded = new Set<string>();
  for (let count = 0; count < REQUESTS && failures.length < ENOUGH_FAILURES; count += 1) {
    const request = next();
    const answer = await send(server, request);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    const isAdmin = request.persona === ADMIN;
    if (answer.status < 300) succeeded.add(`${request.method} ${request.template}`);
    if (answer.status < 300 && request.method === 'DELETE') known.forget(request.path.split('/').at(-1)?.split('?')[0] ?? '');
    // What a write made, or who owns what an answer names, is noted before it is judged by whom it may be seen.
    if (answer.status < 300 && answer.text.startsWith('{') && (isAdmin || request.method === 'POST')) note(known, JSON.parse(answer.text) as Json);
    if (answer.status < 300 && answer.text.startsWith('{')) known.noteReferences(JSON.parse(answer.text) as Json, request.persona.project);
    if (!isAdmin && known.unknownIds(answer.text).some((id) => !request.path.includes(id) && !JSON.stringify(request.body ?? null).includes(id))) await learn(server, document, known);
    const complaint = complaintOf(request, answer);
    if (complaint === undefined) continue;
    const { persona, method, path, body } = request;
    failures.push(`#${count} ${persona.name}: ${method} ${path}${body === undefined ? '' : ` ${JSON.stringify(body).slice(0, 1500)}`}\n    ${answer.status} ${complaint}\n    ${answer.text.slice(0, 600)}`);
  }
  const spread = [...statuses].toSorted(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`).join(', ');
  const all = Object.entries(document['paths'] as Readonly<Record<string, JsonObject>>).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
  console.log(`answers: ${spread}\nnever with success: ${all.filter((operation) => !succeeded.has(operation)).join(', ') || 'none'}`);
  expect(failures.join('\n'), `seed ${SEED}; answers: ${spread}`).toBe('');
  expect(server.errors).toEqual([]);
  // Requests that never succeed would prove little.
  const good = [...statuses].filter(([status]) => status < 300).reduce((sum, [, times]) => sum + times, 0);
  expect(good / REQUESTS).toBeGreaterThan(0.2);
});
