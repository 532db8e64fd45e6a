import type { Json, JsonObject } from '@neutrino/lib/json';

export interface Page {
  /** The URL that was asked for, query included. */
  readonly url: URL;
  /** Of the objects of the page, what a marker names. */
  readonly ids: readonly (Json | undefined)[];
  readonly limit: number;
  readonly isReverse: boolean;
}

/**
 * https://docs.openstack.org/api-ref/network/v2/#pagination: `next` and `previous`, as URLs to follow. A page after the
 * last one is empty, and the one before it is the last page.
 */
export function pageLinks({ url, ids, limit, isReverse }: Page): Json {
  const links: JsonObject[] = [];
  const isShort = ids.length < limit;
  if (!isShort || isReverse) links.push({ rel: 'next', href: href(url, ids.at(-1), false) });
  if (!isShort || !isReverse) links.push({ rel: 'previous', href: href(url, ids[0], true) });
  return links;
}

function href(url: URL, marker: Json | undefined, isReverse: boolean): string {
  const link = new URL(url);
  link.searchParams.delete('page_reverse');
  if (marker === undefined) link.searchParams.delete('marker');
  else link.searchParams.set('marker', String(marker));
  if (isReverse) link.searchParams.set('page_reverse', 'True');
  return link.href;
}
