import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { notificationEndpoint } from '@neutrino/agent/l2/notifications';
import { dhcpNotificationEndpoint } from '@neutrino/agent/dhcp/notifications';
import { l3NotificationEndpoint } from '@neutrino/agent/l3/notifications';
import { announcements, servedInterfaces, type ServedInterface } from '@neutrino/lib/rpc/contract';
import { RemoteError, UnsupportedVersion, type Endpoint } from '@neutrino/lib/rpc/messaging';
import { topics } from '@neutrino/lib/rpc/topics';
import { serves } from '@neutrino/runtime/rpc/dispatch';
import { createProvisioningBlocks } from '@neutrino/server/provisioning/blocks';
import { servedEndpoints } from '@neutrino/server/rpc/rpc-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { networkWithSubnet, reportAgents, runningServer, type RunningServer } from './running-server.ts';

let server: RunningServer;
beforeAll(async () => {
  server = await runningServer({ routes: true });
  await reportAgents(server, 'h1');
  await networkWithSubnet(server, 'p1');
});
afterAll(() => server[Symbol.asyncDispose]());

const interfaces = Object.values(servedInterfaces);
const methods = interfaces.flatMap(({ topic, version, methods: declared }) => Object.entries(declared).map(([name, method]) => ({ topic, version, name, ...method })));

async function answer(topic: string, method: string, version: string, args: object): Promise<string> {
  try {
    await server.connect().call({}, { topic, version }, method, JSON.parse(JSON.stringify(args)), { timeoutMs: 10_000 });
    return 'answered';
  } catch (error) {
    if (error instanceof RemoteError) return `${error.remoteType}: ${error.message}`;
    if (error instanceof UnsupportedVersion) return error.message;
    throw error;
  }
}

test('the server has the methods that are declared, in their versions, and no others', () => {
  const { db, core, agents, scheduler, routing } = server;
  const endpoints = servedEndpoints({ transport: server.connect(), db, core, agents, scheduler, ...(routing && { routing }), provisioning: createProvisioningBlocks({ core: () => core }), log: pino({ level: 'silent' }) });
  const summary = (endpoint: Pick<Endpoint | ServedInterface, 'version' | 'methods'>): string => `${endpoint.version}: ${Object.keys(endpoint.methods).toSorted().join(', ')}`;
  const declared = (topic: string): readonly string[] => interfaces.filter((each) => each.topic === topic).map(summary).toSorted();
  expect(endpoints.plugin.map(summary).toSorted()).toEqual(declared(topics.plugin));
  expect(endpoints.reports.map(summary).toSorted()).toEqual(declared(topics.reports));
  expect(endpoints.routers.map(summary).toSorted()).toEqual(declared(topics.l3Plugin));
});

describe('a method that is declared', () => {
  test.each(methods.map((each) => [each.name, each] as const))('%s is served in each version from its first to its last', async (name, { topic, version, since }) => {
    for (const asked of [since, version]) expect(await answer(topic, name, asked, {})).not.toMatch(/does not support RPC/);
    const [, minor] = version.split('.');
    const others = interfaces.filter((each) => each.topic === topic).map((each) => each.version);
    const tooNew = `1.${Math.max(...others.map((other) => Number(other.split('.')[1]))) + 1}`;
    expect(await answer(topic, name, tooNew, {})).toBe(`Endpoint does not support RPC version ${tooNew}. Attempted method: ${name}`);
    expect(Number(minor)).toBeGreaterThanOrEqual(Number(since.split('.')[1]));
    expect(await answer(topic, name, '2.0', {})).toBe(`Endpoint does not support RPC version 2.0. Attempted method: ${name}`);
  });

  const exact = methods.flatMap(({ parameters, ...rest }) => (parameters === 'any' ? [] : [{ ...rest, ...parameters }]));
  test.each(exact.map((each) => [each.name, each] as const))('%s refuses arguments that are missing or that it does not know, as a Python method does', async (name, { topic, version, required }) => {
    expect(await answer(topic, name, version, { nonsense: 1 })).toBe(`TypeError: ${name}() got an unexpected keyword argument 'nonsense'`);
    const [first, second] = required;
    if (first === undefined) return;
    const all = Object.fromEntries(required.map((argument) => [argument, []]));
    const { [first]: _first, ...rest } = all;
    expect(await answer(topic, name, version, rest)).toBe(`TypeError: ${name}() missing 1 required positional argument: '${first}'`);
    if (second === undefined) return;
    const missing = required.length === 2 ? `'${first}' and '${second}'` : `'${first}', '${second}', and '${String(required[2])}'`;
    expect(await answer(topic, name, version, {})).toBe(`TypeError: ${name}() missing ${required.length} required positional arguments: ${missing}`);
  });
});

describe('an announcement', () => {
  const ignore = (): undefined => undefined;
  const agents: Readonly<Record<'linuxbridge' | 'dhcp' | 'l3', Endpoint>> = {
    linuxbridge: notificationEndpoint('h1', { portChanged: ignore, networkChanged: ignore, networkGone: ignore, groupRulesChanged: ignore, groupMembersChanged: ignore, missed: ignore }),
    dhcp: dhcpNotificationEndpoint({ networkChanged: ignore, networkRemoved: ignore, portChanged: ignore, subnetRemoved: ignore, agentUpdated: ignore }),
    l3: l3NotificationEndpoint({ routersChanged: ignore, routerRemoved: ignore, networkChanged: ignore, agentUpdated: ignore }),
  };
  test.each(announcements.map((each) => [each.method, each] as const))('%s is taken by the agent that it is for', (method, { heardBy, version }) => {
    if (heardBy === null || heardBy === 'l2population') return;
    expect(serves(agents[heardBy].version, version)).toBe(true);
    expect(Object.keys(agents[heardBy].methods)).toContain(method);
  });

  test('is all that agents take', () => {
    for (const [name, endpoint] of Object.entries(agents)) {
      expect(Object.keys(endpoint.methods).toSorted()).toEqual(announcements.filter(({ heardBy }) => heardBy === name).map(({ method }) => method).toSorted());
    }
  });
});

test('docs/messaging.md has a line for all of it', () => {
  const lines = readFileSync(new URL('../../../docs/messaging.md', import.meta.url), 'utf8').split('\n');
  const expected = [
    ...methods.map(({ name, topic, since, version, callers }) => `| \`${name}\` | agent → server | \`${topic}\` | ${since} to ${version} | ${callers} |`),
    ...announcements.map(({ method, topic, version, listeners, heardBy }) => `| \`${method}\` | server → ${heardBy ?? 'others'} | \`${topic}\` | ${version} | ${listeners} |`),
  ];
  expect(lines.filter((line) => /^\| `\w+` \| (agent|server) →/.test(line))).toEqual(expected);
});
