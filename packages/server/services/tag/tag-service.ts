import type { TAGGED_COLLECTIONS } from '@neutrino/lib/api/standard-attributes';
import { listOf, string } from '@neutrino/lib/api/validators';
import { BadRequest, HTTPNotFound, InvalidInput, TagNotFound } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { Json } from '@neutrino/lib/json';
import { sql } from 'kysely';
import { databaseTime } from '../../db/database-time.ts';
import { tagsOf } from '../../db/tag-filter.ts';
import { transact } from '../../db/transact.ts';
import type { Db, DbOrTx, Tx } from '../../db/types.ts';

/** Their tables bear the same names. */
export type TaggedCollection = (typeof TAGGED_COLLECTIONS)[number];

/**
 * Tags of objects that exist and that the caller may tag: the routes see to both. A change counts as a
 * change of the object: its revision and its time of change move. Throws InvalidInput for what is no tag, and
 * BadRequest for too many.
 */
export interface TagService {
  list(collection: TaggedCollection, id: string): Promise<readonly string[]>;
  has(collection: TaggedCollection, id: string, tag: string): Promise<boolean>;
  /** Returns the tags as they are now. */
  replace(collection: TaggedCollection, id: string, tags: Json): Promise<readonly string[]>;
  add(collection: TaggedCollection, id: string, tag: string): Promise<void>;
  /** Throws TagNotFound. */
  remove(collection: TaggedCollection, id: string, tag: string): Promise<void>;
  clear(collection: TaggedCollection, id: string): Promise<void>;
}

const longestTag = 255;
const mostTags = 50;
const isTag = string(longestTag);
const isTagList = listOf(isTag, { unique: true });

export function createTagService({ db }: { readonly db: Db }): TagService {
  const replaceAll = async (collection: TaggedCollection, id: string, tags: readonly string[]): Promise<void> => {
    await transact(db, async (tx) => {
      await lock(tx, collection, id);
      const before = await current(tx, collection, id);
      if (before.length === tags.length && tags.every((tag) => before.includes(tag))) return;
      await tx.deleteFrom('tags').where('resource_id', '=', id).execute();
      await insert(tx, collection, id, tags);
      await touch(tx, collection, id);
    });
  };
  return {
    list: async (collection, id) => current(db, collection, id),

    has: async (collection, id, tag) => (await current(db, collection, id)).includes(tag),

    async replace(collection, id, tags) {
      const problem = isTagList(tags);
      if (problem !== undefined || !Array.isArray(tags)) throw invalid(problem ?? '');
      checkCount(collection, tags.length);
      const wanted = tags.map(String);
      await replaceAll(collection, id, wanted);
      return wanted;
    },

    async add(collection, id, tag) {
      const problem = isTag(tag);
      if (problem !== undefined) throw invalid(problem);
      await transact(db, async (tx) => {
        await lock(tx, collection, id);
        const before = await current(tx, collection, id);
        if (before.includes(tag)) return;
        checkCount(collection, before.length + 1);
        await insert(tx, collection, id, [tag]);
        await touch(tx, collection, id);
      });
    },

    async remove(collection, id, tag) {
      await transact(db, async (tx) => {
        const { numDeletedRows } = await tx.deleteFrom('tags').where('resource_id', '=', id).where('tag', '=', tag).executeTakeFirstOrThrow();
        if (numDeletedRows === 0n) throw new NeutronError(TagNotFound, { tag });
        await touch(tx, collection, id);
      });
    },

    clear: async (collection, id) => replaceAll(collection, id, []),
  };
}

async function current(db: DbOrTx, collection: TaggedCollection, id: string): Promise<readonly string[]> {
  return (await tagsOf(db, collection, [id])).get(id) ?? [];
}

/** One change of an object's tags at a time: their number is limited, and a replacement is one of all of them. */
async function lock(tx: Tx, collection: TaggedCollection, id: string): Promise<void> {
  await tx.selectFrom(collection).select('id').where('id', '=', id).forUpdate().execute();
}

async function insert(tx: Tx, collection: TaggedCollection, id: string, tags: readonly string[]): Promise<void> {
  if (tags.length > 0) await tx.insertInto('tags').values(tags.map((tag) => ({ resource_id: id, collection, tag }))).execute();
}

/** Throws where the object was deleted meanwhile: a tag without an object would stay for ever. */
async function touch(tx: Tx, collection: TaggedCollection, id: string): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable(collection)
    .set({ revision_number: sql`revision_number + 1`, updated_at: databaseTime() })
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw new NeutronError(HTTPNotFound);
}

function checkCount(collection: TaggedCollection, count: number): void {
  if (count > mostTags) throw new NeutronError(BadRequest, { resource: collection, msg: `The number of tags exceed the per-resource limit of ${mostTags}` });
}

function invalid(message: string): NeutronError {
  return new NeutronError(InvalidInput, { error_message: message });
}
