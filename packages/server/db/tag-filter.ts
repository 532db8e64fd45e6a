import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { ListColumns } from './list-query.ts';
import type { Database } from './schema.ts';

/** Whether all of the tags are asked for or any, and whether that is denied. */
interface TagQuestion {
  readonly all: boolean;
  readonly negated: boolean;
}

/** https://docs.openstack.org/api-ref/network/v2/#filtering-by-tags */
const tagQuestions: Readonly<Record<string, TagQuestion>> = {
  tags: { all: true, negated: false },
  'tags-any': { all: false, negated: false },
  'not-tags': { all: true, negated: true },
  'not-tags-any': { all: false, negated: true },
};

/** The filters over tags of a table whose objects have them; the collection bears the name of the table. */
export function tagColumns(table: keyof Database & string): ListColumns {
  return Object.fromEntries(
    Object.entries(tagQuestions).map(([name, question]) => [name, { filter: (values) => tagFilter(question, table, values.flatMap((value) => String(value).split(','))) }]),
  );
}

/** The filter `changed_since`: objects written at that moment ("YYYY-MM-DDTHH:MM:SS", UTC) or later. */
export function changedSinceColumn(table: keyof Database & string): ListColumns {
  return {
    changed_since: {
      filter: (values) => {
        const since = String(values[0] ?? '').slice(0, 19).replace('T', ' ');
        return sql<SqlBool>`${sql.ref(`${table}.updated_at`)} >= ${since}`;
      },
    },
  };
}

function tagFilter(question: TagQuestion, table: string, tags: readonly string[]): RawBuilder<SqlBool> {
  const wanted = [...new Set(tags)];
  const id = sql.ref(`${table}.id`);
  const matching = sql<number>`(select count(*) from tags where tags.resource_id = ${id} and tags.collection = ${table} and tags.tag in (${sql.join(wanted)}))`;
  const needed = question.all ? wanted.length : 1;
  return question.negated ? sql<SqlBool>`${matching} < ${needed}` : sql<SqlBool>`${matching} >= ${needed}`;
}
