import { CallbackNotFound } from '@neutrino/lib/exceptions/agent';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { Endpoint } from '@neutrino/lib/rpc/messaging';
import { textArgument } from '../arguments.ts';

/**
 * Objects that agents ask for by their type: trunks, QoS policies and what other services have. None of those services is here yet, of
 * which agents must hear by this error: for them a port then has no trunk, and any other answer is a failure.
 */
export function resourcesEndpoint(): Endpoint {
  return {
    version: '1.0',
    methods: {
      pull(_context, args) {
        throw new NeutronError(CallbackNotFound, { resource_type: textArgument(args, 'resource_type') });
      },
    },
  };
}
