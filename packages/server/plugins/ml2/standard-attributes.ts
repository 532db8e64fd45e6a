import { RevisionNumberConstraintFailed } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import { sql } from 'kysely';
import { inList } from '../../db/id-list.ts';
import { apiTime, databaseTime } from '../../db/database-time.ts';
import type { Tx } from '../../db/types.ts';
import { textOf } from './request-values.ts';

interface StandardColumns {
  readonly description: string;
  readonly revision_number: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export function newStandardAttributes(body: JsonObject): StandardColumns {
  const now = databaseTime();
  return { description: textOf(body, 'description', ''), revision_number: 1, created_at: now, updated_at: now };
}

export function standardAttributesView(row: StandardColumns): JsonObject {
  return {
    description: row.description,
    revision_number: row.revision_number,
    created_at: apiTime(row.created_at),
    updated_at: apiTime(row.updated_at),
  };
}

/** Counts the revision of changed objects up. Also the row lock under which an object's parts change. */
export async function touch(tx: Tx, table: 'networks' | 'subnets' | 'ports' | 'subnetpools' | 'security_groups', ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx
    .updateTable(table)
    .set({ revision_number: sql`revision_number + 1`, updated_at: databaseTime() })
    .where(inList('id', ids))
    .execute();
}

/** `If-Match: revision_number=N`. */
export function checkRevision(row: { readonly revision_number: number }, expected: number | undefined): void {
  if (expected !== undefined && row.revision_number !== expected) {
    throw new NeutronError(RevisionNumberConstraintFailed, { expected, current: row.revision_number });
  }
}
