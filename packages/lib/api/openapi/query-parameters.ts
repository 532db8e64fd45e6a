import type { JsonObject } from '../../json.ts';
import type { Attribute, ResourceDeclaration } from '../attribute.ts';
import { TAGGED_COLLECTIONS } from '../standard-attributes.ts';

/** Filters by tags, and what each asks for. */
const TAG_FILTERS: Readonly<Record<string, string>> = {
  tags: 'those with all of these tags', 'tags-any': 'those with any of them', 'not-tags': 'those without all of them', 'not-tags-any': 'those without any of them',
};

/** `fields`: which attributes the answer holds. */
export function fieldsParameter({ attributes }: ResourceDeclaration): JsonObject {
  const names = Object.keys(attributes).filter((name) => attributes[name]?.isVisible === true);
  return repeatable('fields', 'Only these attributes.', { enum: withProject(names) });
}

/** Everything that a list can be narrowed, ordered and paged by. */
export function listParameters(resource: ResourceDeclaration): readonly JsonObject[] {
  const sortKeys = withProject(Object.keys(resource.attributes).filter((name) => resource.attributes[name]?.isSortKey === true));
  return [
    ...filterParameters(resource),
    fieldsParameter(resource),
    ...(sortKeys.length > 0 ? [repeatable('sort_key', 'Order by these attributes.', { enum: sortKeys }), { $ref: '#/components/parameters/SortDirection' }] : []),
    ...['Limit', 'Marker', 'PageReverse'].map((name) => ({ $ref: `#/components/parameters/${name}` })),
  ];
}

function filterParameters({ collection, attributes }: ResourceDeclaration): readonly JsonObject[] {
  const isTagged = (TAGGED_COLLECTIONS as readonly string[]).includes(collection);
  const own = Object.entries(attributes).filter(([name, { isFilter }]) => isFilter === true && !(isTagged && name === 'tags'));
  return [
    ...own.flatMap(([name, attribute]) => {
      const names = name === 'tenant_id' ? [name, 'project_id'] : [name];
      return names.map((each) => repeatable(each, `Only those whose ${each} is one of these.`, filterSchema(attribute)));
    }),
    ...(isTagged ? Object.entries(TAG_FILTERS).map(([name, what]) => parameter(name, `Only ${what}, separated by commas.`, { type: 'string' })) : []),
    ...(Object.hasOwn(attributes, 'updated_at') ? [parameter('changed_since', 'Only those changed at or after this time, UTC.', { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}:\\d{2}' })] : []),
  ];
}

/** Lists are filtered by an item, or for `fixed_ips` by `key=value`. */
function filterSchema({ type }: Attribute): JsonObject {
  return { type: type === 'boolean' || type === 'integer' ? type : 'string' };
}

function parameter(name: string, description: string, schema: JsonObject): JsonObject {
  return { name, in: 'query', description, schema };
}

/** `name=a&name=b`. */
function repeatable(name: string, description: string, items: JsonObject): JsonObject {
  return parameter(name, description, { type: 'array', items });
}

function withProject(names: readonly string[]): readonly string[] {
  return names.includes('tenant_id') && !names.includes('project_id') ? [...names, 'project_id'] : names;
}
