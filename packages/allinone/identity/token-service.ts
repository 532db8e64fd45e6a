import { randomBytes } from 'node:crypto';
import type { JsonObject } from '@neutrino/lib/json';
import type { Logger } from 'pino';
import { catalogFor } from './catalog.ts';
import { effectiveRoles, type GrantScope } from './grants.ts';
import type { IdentityDatabase, IdentityDb } from './identity-database.ts';
import { unauthorized } from './keystone-error.ts';
import type { DomainReference, LoginRequest, Reference, Scope } from './login-request.ts';
import { verifyPassword } from './password-hash.ts';
import { readToken, signToken, type TokenClaims } from './signed-token.ts';

export interface TokenService {
  /** Returns the new token. Throws KeystoneError 401. */
  logIn(request: LoginRequest): Promise<string>;
  /**
   * What Keystone says of a token, without its catalogue; undefined where it is void: forged, expired,
   * revoked, or its user, project or last role there is gone or disabled.
   */
  describe(token: string): Promise<ValidToken | undefined>;
  catalog(token: ValidToken): Promise<readonly JsonObject[]>;
  revoke(token: ValidToken): Promise<void>;
}

export interface ValidToken {
  readonly claims: TokenClaims;
  readonly roles: readonly string[];
  /** As under "token" in Keystone's replies. */
  readonly body: JsonObject;
}

export interface TokenServiceOptions {
  readonly database: IdentityDatabase;
  readonly key: Buffer;
  readonly log: Logger;
  readonly lifetimeSeconds: number;
}

export function createTokenService({ database, key, log, lifetimeSeconds }: TokenServiceOptions): TokenService {
  const { db } = database;
  const described = new Map<string, { readonly version: number; readonly token: ValidToken }>();

  const describe = async (token: string): Promise<ValidToken | undefined> => {
    const claims = readToken(token, key);
    if (claims === undefined) return undefined;
    // Nothing has changed since: the answer has not either.
    const version = database.version();
    const known = described.get(claims.auditId);
    if (known?.version === version) return known.token;
    const fresh = await describeClaims(db, claims);
    if (described.size >= 1000) described.clear();
    if (fresh !== undefined) described.set(claims.auditId, { version, token: fresh });
    return fresh;
  };

  return {
    describe,
    async logIn(request) {
      const proof = await prove(db, request, describe);
      if (proof === undefined) {
        log.warn({ user: request.password?.user }, 'a log-in was refused');
        throw unauthorized();
      }
      const now = Date.now();
      const claims: TokenClaims = {
        auditId: randomBytes(16).toString('base64url'),
        methods: proof.methods,
        userId: proof.userId,
        ...(await findScope(db, proof.userId, request.scope)),
        ...(proof.parent !== undefined && { parentAuditId: proof.parent.parentAuditId ?? proof.parent.auditId }),
        issuedAt: now,
        // A token made from a token lives no longer than that one.
        expiresAt: proof.parent?.expiresAt ?? now + lifetimeSeconds * 1000,
      };
      if ((await describeClaims(db, claims)) === undefined) {
        log.warn({ userId: claims.userId, projectId: claims.projectId, domainId: claims.domainId }, 'a log-in was refused: disabled, or no role there');
        throw unauthorized();
      }
      return signToken(claims, key);
    },
    catalog: ({ claims }) => catalogFor(db, claims),
    async revoke({ claims }) {
      await db.deleteFrom('revoked_tokens').where('expires_at', '<', Date.now()).execute();
      await db
        .insertInto('revoked_tokens')
        .values({ audit_id: claims.auditId, expires_at: claims.expiresAt })
        .onConflict((found) => found.doNothing())
        .execute();
    },
  };
}

interface Proof {
  readonly userId: string;
  readonly methods: readonly string[];
  readonly parent?: TokenClaims;
}

/** Who logs in; undefined where any proof offered is wrong, or two proofs are of different users. */
async function prove(db: IdentityDb, { password, token }: LoginRequest, describe: TokenService['describe']): Promise<Proof | undefined> {
  let proof: Proof | undefined;
  if (password !== undefined) {
    const user = await findUser(db, password.user);
    if (!(await verifyPassword(password.password, user?.password_hash)) || user === undefined) return undefined;
    proof = { userId: user.id, methods: ['password'] };
  }
  if (token !== undefined) {
    const valid = await describe(token);
    if (valid === undefined || (proof !== undefined && proof.userId !== valid.claims.userId)) return undefined;
    const methods = [...new Set(['token', ...(proof?.methods ?? []), ...valid.claims.methods])];
    proof = { userId: valid.claims.userId, methods, parent: valid.claims };
  }
  return proof;
}

/** The scope asked for as claims. One that does not exist gets the answer of one that is forbidden. */
async function findScope(db: IdentityDb, userId: string, scope: Scope): Promise<{ readonly projectId?: string; readonly domainId?: string }> {
  switch (scope.kind) {
    case 'unscoped':
      return {};
    case 'project': {
      const project = await findProject(db, scope.project);
      if (project === undefined) throw unauthorized();
      return { projectId: project.id };
    }
    case 'domain': {
      const domainId = await findDomain(db, scope.domain);
      if (domainId === undefined) throw unauthorized();
      return { domainId };
    }
    case 'default': {
      const user = await db.selectFrom('users').select('default_project_id').where('id', '=', userId).executeTakeFirst();
      const projectId = user?.default_project_id ?? undefined;
      if (projectId === undefined || (await effectiveRoles(db, userId, { kind: 'project', id: projectId })).length === 0) return {};
      return { projectId };
    }
  }
}

async function findUser(db: IdentityDb, user: Reference): Promise<{ readonly id: string; readonly password_hash: string | null } | undefined> {
  const query = db.selectFrom('users').select(['id', 'password_hash']);
  if ('id' in user) return query.where('id', '=', user.id).executeTakeFirst();
  const domainId = await findDomain(db, user.domain);
  return query.where('name', '=', user.name).where('domain_id', '=', domainId ?? '').executeTakeFirst();
}

async function findProject(db: IdentityDb, project: Reference): Promise<{ readonly id: string } | undefined> {
  const query = db.selectFrom('projects').select('id');
  if ('id' in project) return query.where('id', '=', project.id).executeTakeFirst();
  const domainId = await findDomain(db, project.domain);
  return query.where('name', '=', project.name).where('domain_id', '=', domainId ?? '').executeTakeFirst();
}

async function findDomain(db: IdentityDb, domain: DomainReference): Promise<string | undefined> {
  const [column, value] = 'id' in domain ? (['id', domain.id] as const) : (['name', domain.name] as const);
  return (await db.selectFrom('domains').select('id').where(column, '=', value).executeTakeFirst())?.id;
}

async function describeClaims(db: IdentityDb, claims: TokenClaims): Promise<ValidToken | undefined> {
  const revoked = await db.selectFrom('revoked_tokens').select('audit_id').where('audit_id', '=', claims.auditId).executeTakeFirst();
  const user = await db
    .selectFrom('users')
    .innerJoin('domains', 'domains.id', 'users.domain_id')
    .where('users.id', '=', claims.userId)
    .where('users.enabled', '=', 1)
    .where('domains.enabled', '=', 1)
    .select(['users.id', 'users.name', 'users.tokens_valid_from', 'domains.id as domain_id', 'domains.name as domain_name'])
    .executeTakeFirst();
  if (revoked !== undefined || user === undefined || claims.issuedAt < user.tokens_valid_from) return undefined;
  const scope = await describeScope(db, claims);
  if (scope === undefined) return undefined;
  const roles = scope.grant === undefined ? [] : await effectiveRoles(db, user.id, scope.grant);
  if (scope.grant !== undefined && roles.length === 0) return undefined;
  const body: JsonObject = {
    methods: claims.methods,
    user: { id: user.id, name: user.name, domain: { id: user.domain_id, name: user.domain_name }, password_expires_at: null },
    audit_ids: claims.parentAuditId === undefined ? [claims.auditId] : [claims.auditId, claims.parentAuditId],
    issued_at: keystoneTime(claims.issuedAt),
    expires_at: keystoneTime(claims.expiresAt),
    ...scope.body,
    ...(scope.grant !== undefined && { roles: roles.map(({ id, name }) => ({ id, name })) }),
  };
  return { claims, roles: roles.map(({ name }) => name), body };
}

/** undefined where the project or domain is gone or disabled. */
async function describeScope(db: IdentityDb, claims: TokenClaims): Promise<{ readonly grant?: GrantScope; readonly body: JsonObject } | undefined> {
  if (claims.projectId !== undefined) {
    const project = await db
      .selectFrom('projects')
      .innerJoin('domains', 'domains.id', 'projects.domain_id')
      .where('projects.id', '=', claims.projectId)
      .where('projects.enabled', '=', 1)
      .where('domains.enabled', '=', 1)
      .select(['projects.id', 'projects.name', 'domains.id as domain_id', 'domains.name as domain_name'])
      .executeTakeFirst();
    if (project === undefined) return undefined;
    const { id, name, domain_id, domain_name } = project;
    return { grant: { kind: 'project', id }, body: { project: { id, name, domain: { id: domain_id, name: domain_name } }, is_domain: false } };
  }
  if (claims.domainId === undefined) return { body: {} };
  const domain = await db.selectFrom('domains').select(['id', 'name']).where('id', '=', claims.domainId).where('enabled', '=', 1).executeTakeFirst();
  return domain === undefined ? undefined : { grant: { kind: 'domain', id: domain.id }, body: { domain: { ...domain } } };
}

/** "2026-01-31T12:00:00.000000Z" */
function keystoneTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z');
}
