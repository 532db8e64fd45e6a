import type { Tx } from '../../../db/types.ts';
import type { IdRange } from './segment-ranges.ts';

/** Where segmentation ids are counted: a network type and, for VLANs, a physical network. */
export interface IdSpace {
  readonly networkType: string;
  readonly physicalNetwork: string | null;
}

/**
 * A free id of the ranges, or undefined where all are taken. The search starts at a random place, so that an id
 * just given back is not at once another network's, and steps over what is taken by the index of the table of
 * segments: no list of free ids is kept, and a range of millions costs nothing.
 */
export async function findFreeSegment(tx: Tx, space: IdSpace, ranges: readonly IdRange[]): Promise<number | undefined> {
  for (const range of ranges) {
    const start = range.first + Math.floor(Math.random() * (range.last - range.first + 1));
    const found =
      (await lowestFree(tx, space, { first: start, last: range.last })) ?? (await lowestFree(tx, space, { first: range.first, last: start - 1 }));
    if (found !== undefined) return found;
  }
  return undefined;
}

export async function isSegmentTaken(tx: Tx, claim: string): Promise<boolean> {
  const row = await tx.selectFrom('network_segments').select('id').where('claim', '=', claim).executeTakeFirst();
  return row !== undefined;
}

const pageSize = 256;

async function lowestFree(tx: Tx, space: IdSpace, range: IdRange): Promise<number | undefined> {
  let candidate = range.first;
  while (candidate <= range.last) {
    const taken = await takenFrom(tx, space, { first: candidate, last: range.last });
    for (const id of taken) {
      if (id > candidate) return candidate;
      if (id === candidate) candidate += 1;
    }
    if (taken.length < pageSize) return candidate <= range.last ? candidate : undefined;
  }
  return undefined;
}

async function takenFrom(tx: Tx, { networkType, physicalNetwork }: IdSpace, range: IdRange): Promise<readonly number[]> {
  const rows = await tx
    .selectFrom('network_segments')
    .select('segmentation_id')
    .where('network_type', '=', networkType)
    .where('physical_network', physicalNetwork === null ? 'is' : '=', physicalNetwork)
    .where('segmentation_id', '>=', range.first)
    .where('segmentation_id', '<=', range.last)
    .orderBy('segmentation_id')
    .limit(pageSize)
    .execute();
  return rows.flatMap(({ segmentation_id }) => (segmentation_id === null ? [] : [segmentation_id]));
}
