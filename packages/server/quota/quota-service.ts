import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { OverQuota, TenantQuotaNotFound } from '@neutrino/lib/exceptions/quota';
import type { JsonObject } from '@neutrino/lib/json';
import { transact } from '../db/transact.ts';
import type { Db, DbOrTx, Tx } from '../db/types.ts';
import { countedResources, countOf, isCounted, type CountedResource } from './counted-resources.ts';

/** How many of each resource a project may have; negative: as many as it likes. */
export type Limits = Readonly<Record<CountedResource, number>>;
export interface Usage {
  readonly limit: number;
  readonly used: number;
  /** Always 0: what is being created is counted in the transaction that creates it. */
  readonly reserved: number;
}

export interface QuotaService {
  /** The limits of projects that have none of their own. */
  readonly defaults: Limits;
  /**
   * What a plugin runs in its transaction before it inserts `bodies` (each has its `project_id`); undefined
   * for resources that are not limited. It throws OverQuota.
   */
  precommit(resource: string, bodies: readonly JsonObject[]): ((transaction: unknown) => Promise<void>) | undefined;
  /** Projects with limits of their own. */
  all(): Promise<ReadonlyMap<string, Limits>>;
  limits(projectId: string): Promise<Limits>;
  usages(projectId: string): Promise<Readonly<Record<CountedResource, Usage>>>;
  /** Sets the limits given, keeps the others. */
  update(projectId: string, changes: Partial<Limits>): Promise<Limits>;
  /** Back to the defaults. Throws TenantQuotaNotFound where the project has no limits of its own. */
  remove(projectId: string): Promise<void>;
}

export function createQuotaService({ db, defaults }: { readonly db: Db; readonly defaults: Limits }): QuotaService {
  const limits = async (projectId: string, from: DbOrTx = db): Promise<Limits> => {
    const rows = await from.selectFrom('quotas').select(['resource', 'quota_limit']).where('project_id', '=', projectId).execute();
    return withRows(defaults, rows);
  };
  return {
    defaults,
    limits: async (projectId) => limits(projectId),

    precommit(resource, bodies) {
      if (!isCounted(resource)) return undefined;
      const wanted = Map.groupBy(bodies, (body) => String(body['project_id'] ?? body['tenant_id'] ?? ''));
      return async (transaction) => {
        // The contract of plugins leaves the type of their transaction open; ours is Kysely's.
        const tx = transaction as Tx;
        for (const [projectId, { length }] of wanted) {
          const limit = (await limits(projectId, tx))[resource];
          if (limit >= 0 && (await countOf(tx, resource, projectId)) + length > limit) throw new NeutronError(OverQuota, { overs: `['${resource}']` });
        }
      };
    },

    async all() {
      const rows = await db.selectFrom('quotas').selectAll().orderBy('project_id').execute();
      return new Map([...Map.groupBy(rows, ({ project_id }) => project_id)].map(([projectId, own]) => [projectId, withRows(defaults, own)]));
    },

    async usages(projectId) {
      const own = await limits(projectId);
      const entries: [CountedResource, Usage][] = [];
      for (const resource of countedResources) entries.push([resource, { limit: own[resource], used: await countOf(db, resource, projectId), reserved: 0 }]);
      return Object.fromEntries(entries) as Record<CountedResource, Usage>;
    },

    async update(projectId, changes) {
      return transact(db, async (tx) => {
        for (const resource of countedResources) {
          const limit = changes[resource];
          if (limit === undefined) continue;
          await tx.deleteFrom('quotas').where('project_id', '=', projectId).where('resource', '=', resource).execute();
          await tx.insertInto('quotas').values({ project_id: projectId, resource, quota_limit: limit }).execute();
        }
        return limits(projectId, tx);
      });
    },

    async remove(projectId) {
      const { numDeletedRows } = await db.deleteFrom('quotas').where('project_id', '=', projectId).executeTakeFirstOrThrow();
      if (numDeletedRows === 0n) throw new NeutronError(TenantQuotaNotFound, { tenant_id: projectId });
    },
  };
}

function withRows(defaults: Limits, rows: readonly { readonly resource: string; readonly quota_limit: number }[]): Limits {
  const known = rows.filter(({ resource }) => isCounted(resource));
  return { ...defaults, ...Object.fromEntries(known.map(({ resource, quota_limit }) => [resource, quota_limit])) };
}
