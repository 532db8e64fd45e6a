import type { ExtensionDriver } from '@neutrino/lib/plugins/ml2/drivers';
import type { Tx } from '../../../db/types.ts';
import { optionalList, textsOf } from '../request-values.ts';

/** Tags that come with the request that makes a port. */
export function createPortTagsDriver(): ExtensionDriver<Tx> {
  return {
    aliases: ['tag-ports-during-bulk-creation'],
    concerns: (collection, body) => collection === 'ports' && (optionalList(body, 'tags') ?? []).length > 0,
    async processCreate(tx, collection, request, id) {
      const tags = textsOf(optionalList(request, 'tags') ?? []);
      await tx
        .insertInto('tags')
        .values(tags.map((tag) => ({ resource_id: id, collection, tag })))
        .execute();
    },
  };
}
