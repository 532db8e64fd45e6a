import type { Json, JsonObject } from '@neutrino/lib/json';

export interface Page {
  /** The URL that was asked for, query included. */
  readonly url: URL;
  readonly objects: readonly JsonObject[];
  readonly limit: number;
  readonly isReverse: boolean;
}

/** https://docs.openstack.org/api-ref/network/v2/#pagination: `next` and `previous`, as URLs to follow. */
export function pageLinks({ url, objects, limit, isReverse }: Page): Json {
  const first = objects[0];
  const last = objects.at(-1);
  if (first === undefined || last === undefined) return [];
  const links: JsonObject[] = [];
  const isShort = objects.length < limit;
  if (!isShort || isReverse) links.push({ rel: 'next', href: href(url, String(last['id']), false) });
  if (!isShort || !isReverse) links.push({ rel: 'previous', href: href(url, String(first['id']), true) });
  return links;
}

function href(url: URL, marker: string, isReverse: boolean): string {
  const link = new URL(url);
  link.searchParams.delete('page_reverse');
  link.searchParams.set('marker', marker);
  if (isReverse) link.searchParams.set('page_reverse', 'True');
  return link.href;
}
