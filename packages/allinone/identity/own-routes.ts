import type { JsonObject } from '@neutrino/lib/json';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sql } from 'kysely';
import { baseUrl, bodyUnder, callerOf, pathParameter } from './caller.ts';
import { openCollection } from './collection-store.ts';
import { collections } from './collections.ts';
import type { IdentityDb } from './identity-database.ts';
import { badRequest, forbidden, unauthorized } from './keystone-error.ts';
import { verifyPassword } from './password-hash.ts';
import type { TokenService } from './token-service.ts';

/** What users may ask about themselves: where they have roles, and a new password. */
export function registerOwnRoutes(app: FastifyInstance, db: IdentityDb, tokens: TokenService): void {
  const users = collections.find(({ collection }) => collection === 'users');
  if (users === undefined) throw new Error('the collection "users" is missing');
  const userStore = openCollection(db, users);

  app.get('/v3/auth/projects', async (request) => reachable(db, request, 'projects', (await callerOf(tokens, request)).userId));
  app.get('/v3/auth/domains', async (request) => reachable(db, request, 'domains', (await callerOf(tokens, request)).userId));
  app.get('/v3/auth/system', async (request) => {
    await callerOf(tokens, request);
    return { system: [], links: { self: `${baseUrl(request)}/v3/auth/system` } };
  });

  app.get('/v3/users/:id/projects', async (request) => {
    const caller = await callerOf(tokens, request);
    const id = pathParameter(request, 'id');
    if (!caller.isAdmin && caller.userId !== id) throw forbidden('identity:list_user_projects');
    return reachable(db, request, 'projects', id);
  });

  app.post('/v3/users/:id/password', async (request, reply) => {
    const id = pathParameter(request, 'id');
    const { original_password: original, password } = bodyUnder(request, 'user');
    if (typeof original !== 'string' || typeof password !== 'string') throw badRequest("'original_password' and 'password' are required properties");
    const user = await db.selectFrom('users').select('password_hash').where('id', '=', id).executeTakeFirst();
    if (!(await verifyPassword(original, user?.password_hash))) throw unauthorized();
    await userStore.update(id, { password });
    return reply.code(204).send();
  });
}

interface Reachable {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly enabled: number;
  readonly domain_id: string | null;
}

async function reachable(db: IdentityDb, request: FastifyRequest, kind: 'projects' | 'domains', userId: string): Promise<JsonObject> {
  const grants = sql.table(kind === 'projects' ? 'project_grants' : 'domain_grants');
  const domain = kind === 'projects' ? sql`t.domain_id` : sql`null`;
  const { rows } = await sql<Reachable>`
    select t.id, t.name, t.description, t.enabled, ${domain} as domain_id from ${sql.table(kind)} t
    where t.enabled = 1 and exists (select 1 from ${grants} g where g.target_id = t.id and g.user_id = ${userId}) order by t.seq`.execute(db);
  const base = baseUrl(request);
  const objects = rows.map(({ domain_id, enabled, ...row }) => ({
    ...row,
    enabled: enabled === 1,
    ...(domain_id !== null && { domain_id, parent_id: domain_id, is_domain: false }),
    options: {},
    tags: [],
    links: { self: `${base}/v3/${kind}/${row.id}` },
  }));
  return { [kind]: objects, links: { self: `${base}${request.url}`, next: null, previous: null } };
}
