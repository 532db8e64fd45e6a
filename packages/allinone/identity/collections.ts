import type { Json } from '@neutrino/lib/json';
import { sql } from 'kysely';
import type { Change, Collection, Column, Prepared, Row } from './collection.ts';
import { badRequest, forbidden, KeystoneError } from './keystone-error.ts';
import { hashPassword } from './password-hash.ts';

const NAME: Column = { type: 'text', required: true, filter: true };
const DESCRIPTION: Column = { type: 'text', default: '' };
const ENABLED: Column = { type: 'boolean', default: 1, filter: true };
const DOMAIN: Column = { type: 'reference', default: 'default', filter: true, fixed: true };

const duplicateInDomain = ({ name, domain_id }: Row): string => `Duplicate entry found with name ${String(name)} at domain ID ${String(domain_id)}`;
const duplicateName = ({ name }: Row): string => `Duplicate entry found with name ${String(name)}`;

const domains: Collection = {
  collection: 'domains',
  resource: 'domain',
  columns: { name: NAME, description: DESCRIPTION, enabled: ENABLED },
  constants: { options: {}, tags: [] },
  describeDuplicate: duplicateName,
  beforeDelete: (_db, { enabled }) => {
    if (enabled === 1) throw new KeystoneError(403, 'Cannot delete a domain that is enabled, please disable it first.');
    return Promise.resolve();
  },
};

const projects: Collection = {
  collection: 'projects',
  resource: 'project',
  columns: { name: NAME, description: DESCRIPTION, enabled: ENABLED, domain_id: DOMAIN, parent_id: { type: 'reference', filter: true, fixed: true, default: '' } },
  constants: { is_domain: false, options: {}, tags: [] },
  describeDuplicate: duplicateInDomain,
  prepare: ({ columns, rest }) => {
    // The top of a hierarchy of projects is their domain.
    const parent = columns['parent_id'] === '' && columns['domain_id'] !== undefined ? { parent_id: columns['domain_id'] } : {};
    return Promise.resolve({ columns: { ...columns, ...parent }, rest });
  },
};

const users: Collection = {
  collection: 'users',
  resource: 'user',
  columns: { name: NAME, enabled: ENABLED, domain_id: DOMAIN, default_project_id: { type: 'reference', default: null } },
  constants: { options: {}, password_expires_at: null },
  describeDuplicate: duplicateInDomain,
  prepare: async ({ columns, rest }) => {
    const { password, ...others } = rest;
    // Later by one: a token of this very millisecond is older than the change.
    const tokens_valid_from = Date.now() + 1;
    if (password === undefined || password === null) return { columns: columns['enabled'] === 0 ? { ...columns, tokens_valid_from } : columns, rest: others };
    if (typeof password !== 'string' || password === '') throw badRequest('user.password: expected a text that is not empty');
    return { columns: { ...columns, password_hash: await hashPassword(password), tokens_valid_from }, rest: others };
  },
};

const roles: Collection = {
  collection: 'roles',
  resource: 'role',
  columns: { name: NAME, description: DESCRIPTION },
  constants: { domain_id: null, options: {} },
  describeDuplicate: duplicateName,
};

const services: Collection = {
  collection: 'services',
  resource: 'service',
  columns: { type: { type: 'text', required: true, filter: true }, name: { type: 'text', default: '', filter: true }, description: DESCRIPTION, enabled: ENABLED },
  // The installation guide has the operator create services that this one has made already. Keystone would
  // make a second, and every later command that names the service would end in "Multiple service matches found".
  adopt: async (db, { type, name }) => {
    const found = await db.selectFrom('services').select('id').where('type', '=', String(type)).where('name', '=', String(name)).executeTakeFirst();
    return found?.id;
  },
};

const regions: Collection = {
  collection: 'regions',
  resource: 'region',
  columns: { description: DESCRIPTION, parent_region_id: { type: 'reference', default: null, filter: true } },
  clientIds: true,
  beforeDelete: async (db, { id }) => {
    const used = await db.selectFrom('endpoints').select('id').where('region_id', '=', String(id)).executeTakeFirst();
    if (used !== undefined) throw new KeystoneError(403, `Unable to delete region ${String(id)} because it or its child regions have associated endpoints.`);
  },
};

const endpoints: Collection = {
  collection: 'endpoints',
  resource: 'endpoint',
  columns: {
    service_id: { type: 'reference', required: true, filter: true },
    interface: { type: 'text', required: true, filter: true },
    region_id: { type: 'reference', default: null, filter: true },
    url: { type: 'text', required: true },
    enabled: ENABLED,
  },
  derive: ({ region_id }) => ({ region: region_id ?? null }),
  prepare: prepareEndpoint,
  // As with services: the endpoint that is already there is the one that the guide's command is about. Another
  // URL makes another endpoint, as in Keystone; the older comes first in the catalogue, so a host name
  // that this machine cannot resolve does not cut it off from its own network service.
  adopt: async (db, { service_id, interface: face, region_id, url }) => {
    const found = await db
      .selectFrom('endpoints')
      .select('id')
      .where('service_id', '=', String(service_id))
      .where('interface', '=', String(face))
      .where(sql.ref('region_id'), 'is', region_id ?? null)
      .where(sql<string>`rtrim(url, '/')`, '=', String(url).replace(/\/+$/, ''))
      .executeTakeFirst();
    return found?.id;
  },
};

/** Clients of version 2 and `openstack` name the region `region`, and expect it to be made where it is missing. */
async function prepareEndpoint({ db, columns, rest }: Change): Promise<Prepared> {
  const { region, ...others } = rest;
  const face = columns['interface'];
  if (face !== undefined && face !== 'public' && face !== 'internal' && face !== 'admin') throw badRequest('endpoint.interface: expected public, internal or admin');
  const named = columns['region_id'] ?? regionName(region);
  if (named === undefined) return { columns, rest: others };
  if (columns['region_id'] === undefined || columns['region_id'] === null) {
    await db
      .insertInto('regions')
      .values({ id: String(named), extra: '{}', description: '', parent_region_id: null })
      .onConflict((found) => found.doNothing())
      .execute();
  }
  return { columns: { ...columns, region_id: named }, rest: others };
}

function regionName(region: Json | undefined): string | undefined {
  if (region === undefined || region === null) return undefined;
  if (typeof region !== 'string' || region === '') throw badRequest('endpoint.region: expected a text that is not empty');
  return region;
}

/** Every collection with create, show, list, update and delete. */
export const collections: readonly Collection[] = [domains, projects, users, roles, services, regions, endpoints];

/** Lists that anyone who is logged in may read, and single objects that concern the caller. */
export function mayRead(collection: Collection, id: string | undefined, caller: { readonly userId: string; readonly userDomainId: string; readonly projectIds: readonly string[] }): boolean {
  switch (collection.collection) {
    case 'regions':
      return true;
    case 'users':
      return id === caller.userId;
    case 'projects':
      return id !== undefined && caller.projectIds.includes(id);
    case 'domains':
      return id === caller.userDomainId;
    default:
      return false;
  }
}

/** Throws the 403 of an action on a collection, in Keystone's name for it. */
export function forbid(operation: 'create' | 'get' | 'list' | 'update' | 'delete', { resource, collection }: Collection): never {
  throw forbidden(`identity:${operation}_${operation === 'list' ? collection : resource}`);
}
