/** Rows for inserts of one statement each: engines take about thirty thousand parameters. */
export function inParts<Row>(rows: readonly Row[], size = 1000): readonly (readonly Row[])[] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, index) => rows.slice(index * size, (index + 1) * size));
}
