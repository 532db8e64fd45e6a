import { listOf, subnet as subnetCidr } from '@neutrino/lib/api/validators';
import { HTTPBadRequest } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { IllegalSubnetPoolPrefixUpdate } from '@neutrino/lib/exceptions/subnetpool';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { formatCidr, type Cidr } from '@neutrino/lib/net/cidr';
import { cidrsMeet } from '@neutrino/lib/net/cidr-blocks';
import { freePrefixes } from '../../../ipam/free-prefix.ts';
import type { RequestContext } from '../../../context.ts';
import { transact } from '../../../db/transact.ts';
import type { Tx } from '../../../db/types.ts';
import type { Ml2 } from '../ml2.ts';
import { touch } from '../standard-attributes.ts';
import { allocatedPrefixes } from './allocate-prefix.ts';
import { prefixesIn } from './pool-bounds.ts';
import { prefixesOf } from './pool-view.ts';
import { lockedPool } from './read-pool.ts';
import { changePool, replacePrefixes } from './update-pool.ts';

/** As many at once as a pool may be made with. */
const isPrefixList = listOf(subnetCidr);

/** Returns all prefixes that the pool then has. */
export async function addPrefixes(ml2: Ml2, context: RequestContext, id: string, body: Json | undefined): Promise<JsonObject> {
  const added = requestedPrefixes(body);
  return transact(ml2.db, async (tx) => {
    const row = await lockedPool(tx, context, id);
    await changePool(tx, context, row, {}, [...(await poolPrefixes(tx, id)), ...added]);
    return shown(await poolPrefixes(tx, id));
  });
}

/** Takes out what the pool has of the prefixes: parts of larger ones, too. Throws IllegalSubnetPoolPrefixUpdate where a subnet has one. */
export async function removePrefixes(ml2: Ml2, context: RequestContext, id: string, body: Json | undefined): Promise<JsonObject> {
  const removed = requestedPrefixes(body);
  return transact(ml2.db, async (tx) => {
    await lockedPool(tx, context, id);
    const before = await poolPrefixes(tx, id);
    if (!cidrsMeet(before, removed)) return shown(before);
    if (cidrsMeet(await allocatedPrefixes(tx, id), removed)) {
      throw new NeutronError(IllegalSubnetPoolPrefixUpdate, { msg: 'One or more the prefixes to be removed is in use by a subnet.' });
    }
    await touch(tx, 'subnetpools', [id]);
    await replacePrefixes(tx, id, freePrefixes(before, removed));
    return shown(await poolPrefixes(tx, id));
  });
}

function requestedPrefixes(body: Json | undefined): readonly Cidr[] {
  const prefixes = isJsonObject(body) && Object.hasOwn(body, 'prefixes') ? body['prefixes'] : undefined;
  if (!Array.isArray(prefixes) || prefixes.length === 0) throw badRequest('Request body contains invalid data');
  const wrong = isPrefixList(prefixes);
  if (wrong !== undefined) throw badRequest(`Invalid input for prefixes. Reason: ${wrong}.`);
  return prefixesIn(prefixes);
}

async function poolPrefixes(tx: Tx, id: string): Promise<readonly Cidr[]> {
  return (await prefixesOf(tx, [id])).get(id) ?? [];
}

function shown(prefixes: readonly Cidr[]): JsonObject {
  return { prefixes: prefixes.map(formatCidr) };
}

function badRequest(message: string): NeutronError {
  return new NeutronError(HTTPBadRequest, { message });
}
