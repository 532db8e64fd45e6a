import type { Json, JsonObject } from '@neutrino/lib/json';
import type { CompiledQuery, Kysely } from 'kysely';
import type { RequestContext } from '../context.ts';
import type { Database } from '../db/schema.ts';

/**
 * What stands behind a resource of the API: a plugin or a service implements one handler per collection.
 * The engine has authenticated, validated, converted and policy-checked before it calls; the handler owns
 * scoping (a non-admin sees own, shared and, for networks, external objects), the transaction, and what follows its commit.
 * Bodies hold API names and JSON values; attributes the request left out and that have no default are absent.
 */
export interface ResourceHandler {
  /** Objects that the context may see, filtered, sorted and paged in SQL: a fixed number of queries whatever the result. */
  list(context: RequestContext, query: ListQuery): Promise<readonly JsonObject[]>;
  /** Throws <Resource>NotFound where it does not exist or the context may not see it. */
  get(context: RequestContext, id: string): Promise<JsonObject>;
  /** Creates all or none, in order. */
  create?(context: RequestContext, bodies: readonly JsonObject[], options?: WriteOptions): Promise<readonly JsonObject[]>;
  /** `changes` holds what the request gave and nothing else. */
  update?(context: RequestContext, id: string, changes: JsonObject, options?: WriteOptions): Promise<JsonObject>;
  delete?(context: RequestContext, id: string, options?: WriteOptions): Promise<void>;
  /** What else can be done with one object, by the names under which the API declares routes: `PUT /<collection>/{id}/<action>`. `body`: as it was sent, for the action to check. */
  readonly actions?: Readonly<Record<string, (context: RequestContext, id: string, body: Json | undefined) => Promise<Json>>>;
  /** The same verbs, where the objects' JSON is at hand as text. */
  readonly ready?: ReadyHandler;
}

/** An object whose JSON is at hand, with every attribute that the API serves and no other, as an administrator sees it. */
export interface ReadyObject {
  readonly id: string;
  /** In ASCII, so that a character of the text is a byte. */
  readonly json: string | Buffer;
  readonly object: JsonObject;
}

export interface ReadyHandler {
  list(context: RequestContext, query: ListQuery): Promise<readonly ReadyObject[]>;
  /** Objects with their id, the attributes of `fields` and perhaps others; undefined where that is no less work than whole objects. */
  listFields(context: RequestContext, query: ListQuery, fields: readonly string[]): Promise<readonly JsonObject[] | undefined>;
  get(context: RequestContext, id: string): Promise<ReadyObject>;
  create(context: RequestContext, bodies: readonly JsonObject[], options?: WriteOptions): Promise<readonly ReadyObject[]>;
  update(context: RequestContext, id: string, changes: JsonObject, options?: WriteOptions): Promise<ReadyObject>;
}

/** Whether a quota is set at all, for those who find out with what else they read. */
export interface CreationQuota {
  /** The limits of the projects that own what is to be created. */
  query(db: Kysely<Database>): CompiledQuery<unknown>;
  /** `limits`: what the query found. False: `beforeCommit` has nothing to do. */
  isLimited(limits: readonly unknown[]): boolean;
}

export interface WriteOptions {
  readonly quota?: CreationQuota;
  /**
   * The last that is run inside the writing transaction, when everything is written: quotas count what is there
   * then, under a lock that is held for no longer than the commit takes. What it throws undoes the transaction,
   * which is the plugin's own Kysely transaction.
   */
  readonly beforeCommit?: (transaction: unknown) => Promise<void>;
  /**
   * What is nothing without the objects, or they without it: runs inside the writing transaction, after a create and
   * before an update or a delete. It may run several times, and what it throws undoes the transaction. `ids`: the objects.
   */
  readonly alongside?: (transaction: unknown, ids: readonly string[]) => Promise<void>;
  /** From `If-Match: revision_number=N`: RevisionNumberConstraintFailed (412) where it differs. */
  readonly revisionNumber?: number;
}

export interface ListQuery {
  /**
   * Attribute → accepted values (OR within one, AND between). Values are converted (booleans are booleans).
   * The owner is always `project_id`. `fixed_ips` has one value, an object of lists: `{ip_address?: [...],
   * subnet_id?: [...], ip_address_substr?: [...]}`. `changed_since`, `tags`, `tags-any`, `not-tags` and
   * `not-tags-any` come as they were given: db/tag-filter.ts has their SQL.
   */
  readonly filters: Readonly<Record<string, readonly Json[]>>;
  /** Attributes the response will show; undefined: all. A hint: more may be returned, the engine strips. */
  readonly fields?: readonly string[];
  /** Never empty: the engine appends the primary key. */
  readonly sorts: readonly { readonly key: string; readonly direction: 'asc' | 'desc' }[];
  readonly limit?: number;
  /** id of the last object of the page before. */
  readonly marker?: string;
  readonly pageReverse: boolean;
}

export const listAll: ListQuery = { filters: {}, sorts: [{ key: 'id', direction: 'asc' }], pageReverse: false };
