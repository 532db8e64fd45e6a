import { randomUUID } from 'node:crypto';
import type { IdentityDb } from './identity-database.ts';
import type { IdentitySecrets } from './identity-secrets.ts';
import { addGrant } from './grants.ts';
import { hashPassword } from './password-hash.ts';

const REGION = 'RegionOne';
const DOMAIN = 'default';
const ROLES = ['admin', 'member', 'reader', 'service'] as const;

/**
 * Makes what an OpenStack needs to start with, where it is missing: the domain Default, the roles, the projects admin, service and
 * demo, the users admin and demo, the region. Gives the passwords of `secrets` to
 * users that it makes, and with `resetPasswords` to those that were there; leaves all else as it is.
 */
export async function bootstrapAccounts(db: IdentityDb, secrets: IdentitySecrets, resetPasswords: boolean): Promise<void> {
  await db
    .insertInto('domains')
    .values({ id: DOMAIN, extra: '{}', name: 'Default', description: 'The default domain', enabled: 1 })
    .onConflict((found) => found.doNothing())
    .execute();
  await db
    .insertInto('regions')
    .values({ id: REGION, extra: '{}', description: '', parent_region_id: null })
    .onConflict((found) => found.doNothing())
    .execute();
  const roles = Object.fromEntries(await Promise.all(ROLES.map(async (name) => [name, await ensureRole(db, name)] as const)));
  const projects = {
    admin: await ensureProject(db, 'admin', 'Bootstrap project for initializing the cloud.'),
    service: await ensureProject(db, 'service', 'Service Project'),
    demo: await ensureProject(db, 'demo', 'Demo Project'),
  };
  const admin = await ensureUser(db, { name: 'admin', password: secrets.adminPassword, projectId: null, resetPassword: resetPasswords });
  const demo = await ensureUser(db, { name: 'demo', password: secrets.demoPassword, projectId: projects.demo, resetPassword: resetPasswords });
  await addGrant(db, { kind: 'project', id: projects.admin }, admin, roles['admin'] ?? '');
  await addGrant(db, { kind: 'domain', id: DOMAIN }, admin, roles['admin'] ?? '');
  for (const role of ['member', 'reader']) await addGrant(db, { kind: 'project', id: projects.demo }, demo, roles[role] ?? '');
}

/**
 * Makes a service and its endpoints where the type has none of that interface in the region, and gives those it
 * once made the URL of today. Endpoints of the operator's stay as they are.
 */
export async function bootstrapService(db: IdentityDb, service: { readonly type: string; readonly name: string; readonly description: string; readonly url: string }): Promise<void> {
  const known = await db.selectFrom('services').select('id').where('type', '=', service.type).executeTakeFirst();
  const id = known?.id ?? newId();
  if (known === undefined) {
    const { type, name, description } = service;
    await db.insertInto('services').values({ id, extra: '{}', type, name, description, enabled: 1 }).execute();
  }
  for (const face of ['public', 'internal', 'admin']) {
    const there = await db.selectFrom('endpoints').select(['id', 'bootstrapped', 'url']).where('service_id', '=', id).where('interface', '=', face).where('region_id', '=', REGION).execute();
    const ours = there.find(({ bootstrapped }) => bootstrapped === 1);
    if (ours !== undefined && ours.url !== service.url) await db.updateTable('endpoints').set({ url: service.url }).where('id', '=', ours.id).execute();
    if (there.length > 0) continue;
    await db.insertInto('endpoints').values({ id: newId(), extra: '{}', service_id: id, interface: face, region_id: REGION, url: service.url, enabled: 1, bootstrapped: 1 }).execute();
  }
}

async function ensureRole(db: IdentityDb, name: string): Promise<string> {
  await db
    .insertInto('roles')
    .values({ id: newId(), extra: '{}', name, description: '' })
    .onConflict((found) => found.column('name').doNothing())
    .execute();
  return (await db.selectFrom('roles').select('id').where('name', '=', name).executeTakeFirstOrThrow()).id;
}

async function ensureProject(db: IdentityDb, name: string, description: string): Promise<string> {
  await db
    .insertInto('projects')
    .values({ id: newId(), extra: '{}', name, description, enabled: 1, domain_id: DOMAIN, parent_id: DOMAIN })
    .onConflict((found) => found.columns(['domain_id', 'name']).doNothing())
    .execute();
  return (await db.selectFrom('projects').select('id').where('name', '=', name).where('domain_id', '=', DOMAIN).executeTakeFirstOrThrow()).id;
}

async function ensureUser(
  db: IdentityDb,
  { name, password, projectId, resetPassword }: { readonly name: string; readonly password: string; readonly projectId: string | null; readonly resetPassword: boolean },
): Promise<string> {
  const known = await db.selectFrom('users').select('id').where('name', '=', name).where('domain_id', '=', DOMAIN).executeTakeFirst();
  if (known !== undefined && !resetPassword) return known.id;
  const password_hash = await hashPassword(password);
  if (known !== undefined) {
    await db.updateTable('users').set({ password_hash, tokens_valid_from: Date.now() }).where('id', '=', known.id).execute();
    return known.id;
  }
  const id = newId();
  await db.insertInto('users').values({ id, extra: '{}', name, enabled: 1, domain_id: DOMAIN, default_project_id: projectId, password_hash, tokens_valid_from: 0 }).execute();
  return id;
}

function newId(): string {
  return randomUUID().replaceAll('-', '');
}
