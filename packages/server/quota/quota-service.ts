import { toBoolean, toInteger } from '@neutrino/lib/api/converters';
import { integer, string } from '@neutrino/lib/api/validators';
import { HTTPBadRequest } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { OverQuota, TenantQuotaNotFound } from '@neutrino/lib/exceptions/quota';
import type { Json, JsonObject } from '@neutrino/lib/json';
import type { CompiledQuery } from 'kysely';
import type { WriteOptions } from '../api/resource-handler.ts';
import type { RequestContext } from '../context.ts';
import { inList } from '../db/id-list.ts';
import { prepared } from '../db/prepared.ts';
import { transact } from '../db/transact.ts';
import type { Db, DbOrTx, Tx } from '../db/types.ts';
import { lockUsage } from './lock-usage.ts';
import { countOf, countsAs, isCounted, type CountedResource } from './counted-resources.ts';

/** How many of each resource that the server has a project may have; negative: as many as it likes. */
export type Limits = Readonly<Partial<Record<CountedResource, number>>>;

/** What projects may have, in the shapes in which /v2.0/quotas shows it. The routes see to policy. */
export interface QuotaService {
  /**
   * `beforeCommit` is what a plugin runs at the end of its transaction, when it has inserted `bodies` (each has its `project_id`):
   * throws OverQuota. Takes a lock only where there is a limit.
   */
  limit(context: RequestContext, resource: string, bodies: readonly JsonObject[]): Pick<WriteOptions, 'beforeCommit' | 'quota'>;
  /** Projects that have limits of their own. */
  list(): Promise<readonly JsonObject[]>;
  get(projectId: string): Promise<JsonObject>;
  defaults(projectId: string): Promise<JsonObject>;
  /** Resource → {limit, used, reserved}. What is being created is counted where it is created: nothing is ever reserved. */
  details(projectId: string): Promise<JsonObject>;
  /**
   * Sets the limits given, keeps the others. With `check_limit` among them (and not `force`) it refuses limits
   * below what is used. Throws HTTPBadRequest.
   */
  update(projectId: string, changes: JsonObject): Promise<JsonObject>;
  /** Back to the defaults. Throws TenantQuotaNotFound where the project has no limits of its own. */
  remove(projectId: string): Promise<void>;
}

/** `defaults` are asked for each time: a running server may be given others. */
export function createQuotaService({ db, defaults }: { readonly db: Db; readonly defaults: () => Limits }): QuotaService {
  return {

    limit(context, resource, bodies) {
      if (!isCounted(resource)) return {};
      // Sorted: two requests that concern the same projects lock them in the same order.
      const owners = [...new Set(bodies.map((body) => String(body['project_id'] ?? context.projectId ?? '')))].toSorted();
      const beforeCommit = async (transaction: unknown): Promise<void> => {
        // The contract of plugins leaves the type of their transaction open; ours is Kysely's.
        const tx = transaction as Tx;
        for (const projectId of owners) {
          const limits = await limitsOf(tx, projectId, defaults());
          for (const counted of countsAs(resource)) {
            const limit = limits[counted] ?? -1;
            if (limit < 0) continue;
            await lockUsage(tx, projectId, counted);
            if ((await countOf(tx, counted, projectId)) > limit) throw new NeutronError(OverQuota, { overs: `['${counted}']` });
          }
        }
      };
      const isUnlimited = (own: readonly QuotaRow[]): boolean => {
        const limits = withRows(defaults(), own);
        return countsAs(resource).every((counted) => (limits[counted] ?? -1) < 0);
      };
      return {
        beforeCommit,
        quota: {
          query: (handle) => quotasOf(handle, owners),
          isLimited(rows) {
            const own = Map.groupBy(rows as readonly QuotaRow[], ({ project_id }) => project_id);
            return !owners.every((owner) => isUnlimited(own.get(owner) ?? []));
          },
        },
      };
    },

    async list() {
      const rows = await db.selectFrom('quotas').selectAll().orderBy('project_id').execute();
      return [...Map.groupBy(rows, ({ project_id }) => project_id)].map(([projectId, own]) => shown(projectId, withRows(defaults(), own)));
    },

    get: async (projectId) => ({ ...(await limitsOf(db, projectId, defaults())) }),

    defaults: () => Promise.resolve({ ...defaults() }),

    async details(projectId) {
      const limits = await limitsOf(db, projectId, defaults());
      const details: Record<string, Json> = {};
      for (const [resource, limit] of Object.entries(limits)) details[resource] = { limit, used: await usedOf(db, resource, projectId), reserved: 0 };
      return details;
    },

    async update(projectId, changes) {
      const wrong = isProjectId(projectId);
      if (wrong !== undefined) throw badRequest(`Invalid input for project_id. Reason: ${wrong}.`);
      const { limits, checksUsage } = readChanges(changes, defaults());
      return transact(db, async (tx) => {
        if (checksUsage) await checkUsage(tx, projectId, limits);
        for (const [resource, quota_limit] of limits) {
          await tx.deleteFrom('quotas').where('project_id', '=', projectId).where('resource', '=', resource).execute();
          await tx.insertInto('quotas').values({ project_id: projectId, resource, quota_limit }).execute();
        }
        return { ...(await limitsOf(tx, projectId, defaults())) };
      });
    },

    async remove(projectId) {
      const { numDeletedRows } = await db.deleteFrom('quotas').where('project_id', '=', projectId).executeTakeFirstOrThrow();
      if (numDeletedRows === 0n) throw new NeutronError(TenantQuotaNotFound, { tenant_id: projectId });
    },
  };
}

const limitRange = integer(-1, 2 ** 31 - 1);
const isProjectId = string(255);

/** `known`: has a limit of each resource there is. */
function readChanges(changes: JsonObject, known: Limits): { readonly limits: ReadonlyMap<string, number>; readonly checksUsage: boolean } {
  const { force = false, check_limit: checkLimit = false, ...given } = changes;
  const limits = new Map<string, number>();
  for (const [name, value = null] of Object.entries(given)) {
    if (!Object.hasOwn(known, name)) throw badRequest(`Unrecognized attribute(s) '${name.slice(0, 80)}'`);
    const limit = Number(toInteger(value));
    const problem = limitRange(limit);
    if (problem !== undefined) throw badRequest(`Invalid input for ${name}. Reason: ${problem}.`);
    limits.set(name, limit);
  }
  const forced = toBoolean(force) === true;
  return { limits, checksUsage: toBoolean(checkLimit) === true && !forced };
}

async function usedOf(db: DbOrTx, resource: string, projectId: string): Promise<number> {
  return isCounted(resource) ? countOf(db, resource, projectId) : 0;
}

async function checkUsage(tx: Tx, projectId: string, limits: ReadonlyMap<string, number>): Promise<void> {
  for (const [resource, limit] of limits) {
    const used = await usedOf(tx, resource, projectId);
    if (limit >= 0 && used > limit) throw badRequest(`Quota limit ${limit} for ${resource} must be greater than or equal to already used ${used}`);
  }
}

async function limitsOf(db: DbOrTx, projectId: string, defaults: Limits): Promise<Limits> {
  return withRows(defaults, await db.selectFrom('quotas').select(['resource', 'quota_limit']).where('project_id', '=', projectId).execute());
}

interface QuotaRow {
  readonly project_id: string;
  readonly resource: string;
  readonly quota_limit: number;
}

function quotasOf(db: DbOrTx, projectIds: readonly string[]): CompiledQuery<QuotaRow> {
  const [only, ...others] = projectIds;
  if (only !== undefined && others.length === 0) return quotasOfOne(db, { projectId: only });
  return db.selectFrom('quotas').select(['project_id', 'resource', 'quota_limit']).where(inList('project_id', projectIds)).compile();
}

const quotasOfOne = prepared<{ projectId: string }, QuotaRow>(['projectId'], (db, { projectId }) =>
  db.selectFrom('quotas').select(['project_id', 'resource', 'quota_limit']).where('project_id', '=', projectId),
);

function withRows(defaults: Limits, rows: readonly { readonly resource: string; readonly quota_limit: number }[]): Limits {
  const known = rows.filter(({ resource }) => Object.hasOwn(defaults, resource));
  return { ...defaults, ...Object.fromEntries(known.map(({ resource, quota_limit }) => [resource, quota_limit])) };
}

function shown(projectId: string, limits: Limits): JsonObject {
  return { ...limits, tenant_id: projectId, project_id: projectId };
}

function badRequest(message: string): NeutronError {
  return new NeutronError(HTTPBadRequest, { message });
}
