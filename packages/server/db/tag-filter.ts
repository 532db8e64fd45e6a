import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { inList, unlessEmpty } from './id-list.ts';
import type { DbOrTx } from './types.ts';

/** What a filter over tags asks: all of the tags or any of them, and whether that is denied. */
export interface TagQuestion {
  readonly all: boolean;
  readonly negated: boolean;
}

/** Filter → question: https://docs.openstack.org/api-ref/network/v2/#filtering-by-tags */
export const tagFilters: Readonly<Record<string, TagQuestion>> = {
  tags: { all: true, negated: false },
  'tags-any': { all: false, negated: false },
  'not-tags': { all: true, negated: true },
  'not-tags-any': { all: false, negated: true },
};

/** The condition over the object whose id is in the column `idColumn`, e.g. "ports.id". `values`: each a list with commas. */
export function tagFilter(question: TagQuestion, collection: string, idColumn: string, values: readonly string[]): RawBuilder<SqlBool> {
  const wanted = [...new Set(values.flatMap((value) => value.split(',')))];
  const matching = sql<number>`(select count(*) from tags where tags.resource_id = ${sql.ref(idColumn)} and tags.collection = ${collection} and tags.tag in (${sql.join(wanted)}))`;
  const needed = question.all ? wanted.length : 1;
  return question.negated ? sql<SqlBool>`${matching} < ${needed}` : sql<SqlBool>`${matching} >= ${needed}`;
}

/** id → its tags in alphabetical order, in one query; objects without tags are left out. */
export async function tagsOf(db: DbOrTx, collection: string, ids: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await unlessEmpty(ids, (part) =>
    db.selectFrom('tags').select(['resource_id', 'tag']).where('collection', '=', collection).where(inList('resource_id', part)).orderBy('tag').execute(),
  );
  const tags = new Map<string, string[]>();
  for (const { resource_id, tag } of rows) {
    const known = tags.get(resource_id);
    if (known === undefined) tags.set(resource_id, [tag]);
    else known.push(tag);
  }
  return tags;
}
