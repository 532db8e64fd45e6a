import { listOf, string } from '@neutrino/lib/api/validators';
import { BadRequest, InvalidInput, TagNotFound } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { isJsonObject, type Json } from '@neutrino/lib/json';
import { sql } from 'kysely';
import { databaseTime } from '../../db/database-time.ts';
import { tagsOf } from '../../db/tag-filter.ts';
import { transact } from '../../db/transact.ts';
import type { Db, Tx } from '../../db/types.ts';

/** The collections whose objects can be tagged; their tables bear the same names. */
export type TaggedCollection = 'networks' | 'subnets' | 'ports' | 'security_groups';

/** An object that exists and that the caller may tag: the stage before this one has seen to both. */
export interface Tagged {
  readonly collection: TaggedCollection;
  readonly id: string;
}

/** Tags of objects. A change counts as a change of the object: its revision and time of change move. */
export interface TagService {
  list(object: Tagged): Promise<readonly string[]>;
  /** Throws TagNotFound. */
  require(object: Tagged, tag: string): Promise<void>;
  add(object: Tagged, tag: string): Promise<void>;
  replace(object: Tagged, tags: readonly string[]): Promise<void>;
  /** Throws TagNotFound. */
  remove(object: Tagged, tag: string): Promise<void>;
  removeAll(object: Tagged): Promise<void>;
}

const longestTag = 255;
const mostTags = 50;
const tagList = listOf(string(longestTag), { unique: true });

/** The tags of `{"tags": [...]}`. Throws InvalidInput, and BadRequest for too many. */
export function readTags(body: Json | undefined, collection: TaggedCollection): readonly string[] {
  const tags = isJsonObject(body) && Object.hasOwn(body, 'tags') ? body['tags'] : undefined;
  if (tags === undefined) throw new NeutronError(InvalidInput, { error_message: 'Invalid tags body' });
  const problem = tagList(tags);
  if (problem !== undefined) throw new NeutronError(InvalidInput, { error_message: problem });
  const list = Array.isArray(tags) ? tags.map(String) : [];
  checkCount(collection, list);
  return list;
}

/** A tag that stands in a URL. Throws InvalidInput. */
export function readTag(tag: string): string {
  const problem = string(longestTag)(tag);
  if (problem !== undefined) throw new NeutronError(InvalidInput, { error_message: problem });
  return tag;
}

export function createTagService({ db }: { readonly db: Db }): TagService {
  return {
    list: async (object) => current(db, object),

    async require(object, tag) {
      if (!(await current(db, object)).includes(tag)) throw new NeutronError(TagNotFound, { tag });
    },

    async add(object, tag) {
      await transact(db, async (tx) => {
        const before = await current(tx, object);
        if (before.includes(tag)) return;
        checkCount(object.collection, [...before, tag]);
        await insert(tx, object, [tag]);
        await touch(tx, object);
      });
    },

    async replace(object, tags) {
      await transact(db, async (tx) => {
        const before = await current(tx, object);
        if (before.length === tags.length && tags.every((tag) => before.includes(tag))) return;
        await deleteAll(tx, object);
        await insert(tx, object, tags);
        await touch(tx, object);
      });
    },

    async remove(object, tag) {
      await transact(db, async (tx) => {
        const { numDeletedRows } = await tx.deleteFrom('tags').where('resource_id', '=', object.id).where('tag', '=', tag).executeTakeFirstOrThrow();
        if (numDeletedRows === 0n) throw new NeutronError(TagNotFound, { tag });
        await touch(tx, object);
      });
    },

    async removeAll(object) {
      await transact(db, async (tx) => {
        if ((await current(tx, object)).length === 0) return;
        await deleteAll(tx, object);
        await touch(tx, object);
      });
    },
  };
}

async function current(db: Db | Tx, { collection, id }: Tagged): Promise<readonly string[]> {
  return (await tagsOf(db, collection, [id])).get(id) ?? [];
}

async function insert(tx: Tx, { collection, id }: Tagged, tags: readonly string[]): Promise<void> {
  if (tags.length === 0) return;
  await tx.insertInto('tags').values(tags.map((tag) => ({ resource_id: id, collection, tag }))).execute();
}

async function deleteAll(tx: Tx, { id }: Tagged): Promise<void> {
  await tx.deleteFrom('tags').where('resource_id', '=', id).execute();
}

async function touch(tx: Tx, { collection, id }: Tagged): Promise<void> {
  await tx
    .updateTable(collection)
    .set({ revision_number: sql`revision_number + 1`, updated_at: databaseTime() })
    .where('id', '=', id)
    .execute();
}

function checkCount(collection: TaggedCollection, tags: readonly string[]): void {
  if (tags.length <= mostTags) return;
  throw new NeutronError(BadRequest, { resource: collection, msg: `the number of tags exceeds the limit of ${mostTags} an object` });
}
