/** SQLite takes 32,766 parameters, PostgreSQL 65,535; texts of a few lengths are prepared only once. */
const chunkSize = 500;

/** Runs a query whose `where … in (…)` list may be long, a part at a time, and joins the rows. */
export async function chunked<Row>(ids: readonly string[], query: (part: readonly string[]) => Promise<readonly Row[]>): Promise<readonly Row[]> {
  if (ids.length === 0) return [];
  if (ids.length <= chunkSize) return query(ids);
  const rows: Row[] = [];
  for (let start = 0; start < ids.length; start += chunkSize) {
    for (const row of await query(ids.slice(start, start + chunkSize))) rows.push(row);
  }
  return rows;
}
