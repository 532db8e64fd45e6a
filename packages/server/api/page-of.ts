import type { JsonObject } from '@neutrino/lib/json';
import type { ListQuery } from './resource-handler.ts';

/** A list that is too short for the database to be asked: chosen, sorted and cut here. `key`: the attribute that markers name. */
export function pageOf(objects: readonly JsonObject[], { filters, sorts, limit, marker, pageReverse }: ListQuery, key: string): readonly JsonObject[] {
  const chosen = objects.filter((object) => Object.entries(filters).every(([name, values]) => values.includes(object[name] ?? null)));
  const sorted = chosen.toSorted((a, b) => {
    for (const sort of sorts) {
      const [one, other] = [String(a[sort.key]), String(b[sort.key])];
      if (one !== other) return (one < other ? -1 : 1) * (sort.direction === 'asc' ? 1 : -1) * (pageReverse ? -1 : 1);
    }
    return 0;
  });
  const start = marker === undefined ? 0 : sorted.findIndex((object) => object[key] === marker) + 1;
  const page = sorted.slice(start, limit === undefined ? undefined : start + limit);
  return pageReverse ? page.toReversed() : page;
}
