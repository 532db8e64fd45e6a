import type { KeystoneAdmin } from './keystone.ts';

interface WantedUser {
  readonly user: string;
  readonly password: string;
  /** Is made where there is none of that name. */
  readonly project: string;
  /** Those that Keystone does not have are made. */
  readonly roles: readonly string[];
}

/** Makes a user in the domain Default, and gives it roles in a project there. */
export async function makeUser(keystone: KeystoneAdmin, { user, password, project, roles }: WantedUser): Promise<void> {
  const { projects } = (await keystone.request('GET', `/projects?domain_id=default&name=${encodeURIComponent(project)}`)) as { projects: { id: string }[] };
  const projectId = projects[0]?.id ?? (await made(keystone, 'project', { name: project, domain_id: 'default' }));
  const userId = await made(keystone, 'user', { name: user, domain_id: 'default', password });
  const { roles: known } = (await keystone.request('GET', '/roles')) as { roles: { id: string; name: string }[] };
  for (const name of roles) {
    const roleId = known.find((role) => role.name === name)?.id ?? (await made(keystone, 'role', { name }));
    await keystone.request('PUT', `/projects/${projectId}/users/${userId}/roles/${roleId}`);
  }
}

/** Enters the network service at `url` into the catalogue. */
export async function enterNetworkService(keystone: KeystoneAdmin, url: string): Promise<void> {
  await enterService(keystone, { type: 'network', name: 'neutron', url });
}

/** Enters a service into the catalogue, at the same URL for everybody. */
export async function enterService(keystone: KeystoneAdmin, { type, name, url }: { readonly type: string; readonly name: string; readonly url: string }): Promise<void> {
  const service = await made(keystone, 'service', { type, name });
  for (const kind of ['public', 'internal', 'admin']) await made(keystone, 'endpoint', { service_id: service, interface: kind, url, region_id: keystone.region });
}

/** The id of what was made. */
async function made(keystone: KeystoneAdmin, resource: string, body: object): Promise<string> {
  const answer = (await keystone.request('POST', `/${resource}s`, { [resource]: body })) as Record<string, { id: string }>;
  return answer[resource]?.id ?? '';
}
