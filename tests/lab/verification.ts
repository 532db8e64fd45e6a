import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import { fileURLToPath } from 'node:url';
import type { LabHost } from '../support/hosts/lab-host.ts';

/** What is verified: the hosts, of which one is the controller. */
export interface Installation {
  readonly controller: LabHost;
  readonly hosts: readonly LabHost[];
}

/** What `neutron ext-list` must show at least, in the guide's words. */
const ALIASES: readonly string[] = `default-subnetpools availability_zone network_availability_zone binding agent subnet_allocation dhcp_agent_scheduler tag external-net flavors net-mtu
  network-ip-availability quotas provider multi-provider address-scope subnet-service-types standard-attr-timestamp service-type extra_dhcp_opt standard-attr-revisions pagination
  sorting security-group rbac-policies standard-attr-description port-security allowed-address-pairs project-id`.split(/\s+/);

/** The administrator's environment of the guide. Keystone's port of today, or the one that it had for administrators. */
export function administrator(controller: LabHost, port: 5000 | 35357 = 5000): Readonly<Record<string, string>> {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', PYTHONWARNINGS: 'ignore', OS_AUTH_URL: `http://${controller.address}:${port}/v3`, OS_IDENTITY_API_VERSION: '3',
    OS_USERNAME: 'admin', OS_PASSWORD: 'admin', OS_PROJECT_NAME: 'admin', OS_USER_DOMAIN_NAME: 'Default', OS_PROJECT_DOMAIN_NAME: 'Default', OS_REGION_NAME: 'RegionOne',
  };
}

/** The command line clients that the verification is done with, each with Keystone at another port. */
const CLIENTS = {
  'the old client of Debian': { argv: ['/usr/bin/neutron'], port: 35357 },
  "the project's own client": { argv: [process.execPath, '--conditions=neutrino-source', fileURLToPath(import.meta.resolve('@neutrino/client/cmd/neutron'))], port: 5000 },
} as const;

type ClientName = keyof typeof CLIENTS;

/** What `neutron ARGS…` prints on the controller. */
export async function neutron({ controller }: Installation, args: readonly string[], client: ClientName = 'the old client of Debian'): Promise<string> {
  const { argv, port } = CLIENTS[client];
  return (await controller.run([...argv, ...args] as unknown as readonly [string, ...string[]], { env: administrator(controller, port), timeoutMs: 120_000 })).stdout;
}

async function rows(lab: Installation, command: string, client: ClientName): Promise<readonly JsonObject[]> {
  const answer: unknown = JSON.parse(await neutron(lab, [command, '-f', 'json'], client));
  return Array.isArray(answer) ? answer.filter(isJsonObject) : [];
}

export interface Verdict {
  readonly what: string;
  /** What is wrong; undefined where nothing is. */
  readonly wrong?: string;
}

/** "type | host | availability zone | alive | binary" of each agent, as the client says. */
export async function agentRows(lab: Installation, client: ClientName): Promise<readonly string[]> {
  return (await rows(lab, 'agent-list', client)).map((row) => ['agent_type', 'host', 'availability_zone', 'alive', 'binary'].map((column) => String(row[column] ?? '')).join(' | '));
}

/** Whether each agent of the installation is `:-)`, as the client says. */
export async function verifyAgents(lab: Installation, client: ClientName): Promise<readonly Verdict[]> {
  const shown = await agentRows(lab, client);
  const { name } = lab.controller;
  const wanted = [
    `DHCP agent | ${name} | nova | :-) | neutron-dhcp-agent`,
    `Metadata agent | ${name} |  | :-) | neutron-metadata-agent`,
    ...lab.hosts.map((host) => `Linux bridge agent | ${host.name} |  | :-) | neutron-linuxbridge-agent`),
  ];
  return wanted.map((what) => ({ what, ...(shown.includes(what) ? {} : { wrong: 'not among those shown' }) }));
}

/** Whether each of the guide's extensions is there. */
export async function verifyExtensions(lab: Installation, client: ClientName): Promise<readonly Verdict[]> {
  const shown = new Set((await rows(lab, 'ext-list', client)).map((row) => row['alias']));
  return ALIASES.map((what) => ({ what, ...(shown.has(what) ? {} : { wrong: 'missing' }) }));
}

export const clients: readonly ClientName[] = ['the old client of Debian', "the project's own client"];
