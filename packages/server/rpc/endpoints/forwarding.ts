import { forwardingMethod } from '@neutrino/lib/rpc/forwarding-entries';
import type { JsonObject } from '@neutrino/lib/json';
import type { Endpoint } from '@neutrino/lib/rpc/messaging';
import { textArgument, textsArgument } from '../arguments.ts';
import type { L2Population } from '../notifiers/l2-population/l2-population.ts';

/** What is behind tunnels, for an agent that may have missed what it was told. */
export function forwardingEndpoint({ entriesFor }: Pick<L2Population, 'entriesFor'>): Endpoint {
  return {
    version: '1.0',
    methods: {
      [forwardingMethod]: async (_context, args) => (await entriesFor(textArgument(args, 'host'), textsArgument(args, 'networks'))) as unknown as JsonObject,
    },
  };
}
