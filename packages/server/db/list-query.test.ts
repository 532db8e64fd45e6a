import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ListQuery } from '../api/resource-handler.ts';
import { listAll } from '../api/resource-handler.ts';
import { listRows, type ListSource } from './list-query.ts';
import { upgrade } from './migrate.ts';
import { openDatabase, type OpenDatabase } from './open-database.ts';

/** Rules have columns that may be null, and few values: the order is decided by later keys most of the time. */
const source: ListSource = {
  table: 'security_group_rules',
  columns: {
    id: 'id',
    direction: 'direction',
    protocol: { column: 'protocol', nullable: true },
    port_range_min: { column: 'port_range_min', nullable: true },
  },
};
interface Row {
  readonly id: string;
  readonly direction: string;
  readonly protocol: string | null;
  readonly port_range_min: number | null;
}

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase('sqlite://', { info: () => undefined });
  await upgrade(opened.db);
  const standard = { description: '', revision_number: 0, created_at: '2026-01-01 00:00:00', updated_at: '2026-01-01 00:00:00' };
  await opened.db.insertInto('security_groups').values({ id: 'g', project_id: 'p', name: 'g', stateful: 1, ...standard }).execute();
  const rows = Array.from({ length: 30 }, (_, index) => ({
    id: `r${String((index * 7) % 30).padStart(2, '0')}`,
    project_id: 'p',
    security_group_id: 'g',
    remote_group_id: null,
    remote_ip_prefix: null,
    direction: index % 2 === 0 ? 'ingress' : 'egress',
    ethertype: 'IPv4',
    protocol: [null, 'tcp', 'udp'][index % 3] ?? null,
    port_range_min: index % 4 === 0 ? null : index % 5,
    port_range_max: null,
    ...standard,
  }));
  await opened.db.insertInto('security_group_rules').values(rows).execute();
});
afterAll(async () => opened.dispose());

async function list(query: Partial<ListQuery>): Promise<readonly Row[]> {
  return listRows(opened.db.selectFrom('security_group_rules').selectAll('security_group_rules'), { ...listAll, ...query }, source);
}

const direction = fc.constantFrom('asc' as const, 'desc' as const);
const sorts = fc
  .uniqueArray(fc.record({ key: fc.constantFrom('direction', 'protocol', 'port_range_min'), direction }), { selector: ({ key }) => key, maxLength: 3 })
  .map((keys) => [...keys, { key: 'id', direction: 'asc' as const }]);

/** The order by definition: null below everything. */
function compare(order: ListQuery['sorts']): (a: Row, b: Row) => number {
  return (a, b) => {
    for (const { key, direction: towards } of order) {
      const [left, right] = [a[key as keyof Row], b[key as keyof Row]];
      if (left === right) continue;
      const isLess = left === null || (right !== null && left < right);
      return (isLess ? -1 : 1) * (towards === 'asc' ? 1 : -1);
    }
    return 0;
  };
}

describe('lists', () => {
  it('are in the order asked for, nulls lowest', async () => {
    const all = await list({});
    await fc.assert(
      fc.asyncProperty(sorts, async (order) => {
        expect((await list({ sorts: order })).map(({ id }) => id)).toEqual(all.toSorted(compare(order)).map(({ id }) => id));
      }),
      { numRuns: 40 },
    );
  });

  it('are cut into pages without loss or repetition, whatever the keys, the size and the way', async () => {
    await fc.assert(
      fc.asyncProperty(sorts, fc.integer({ min: 1, max: 8 }), fc.boolean(), async (order, limit, pageReverse) => {
        const whole = (await list({ sorts: order })).map(({ id }) => id);
        const pages: string[] = [];
        for (let marker: string | undefined; ; ) {
          const page = (await list({ sorts: order, limit, pageReverse, ...(marker !== undefined && { marker }) })).map(({ id }) => id);
          if (page.length === 0) break;
          if (pageReverse) pages.unshift(...page);
          else pages.push(...page);
          marker = pageReverse ? page[0] : page.at(-1);
        }
        expect(pages).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  it('are filtered by any of the values, null being one', async () => {
    const all = await list({});
    expect(await list({ filters: { protocol: ['tcp', null] } })).toEqual(all.filter(({ protocol }) => protocol !== 'udp'));
    expect(await list({ filters: { protocol: [null] } })).toEqual(all.filter(({ protocol }) => protocol === null));
    expect(await list({ filters: { protocol: [] } })).toEqual([]);
    expect(await list({ filters: { protocol: ["tcp' or 1=1 --"] } })).toEqual([]);
  });

  it('refuse a key that they do not know instead of leaving it out', async () => {
    await expect(list({ filters: { color: ['red'] } })).rejects.toMatchObject({ type: 'InvalidInput' });
    await expect(list({ sorts: [{ key: 'toString', direction: 'asc' }] })).rejects.toMatchObject({ type: 'InvalidInput' });
  });
});
