import { HTTPNotFound } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { pageOf } from '../../api/page-of.ts';
import type { ResourceHandler } from '../../api/resource-handler.ts';

/** Who carries out a service, by a driver. */
export interface ServiceProvider {
  readonly service_type: string;
  readonly name: string;
  readonly driver: string;
  readonly default: boolean;
}

/** Which driver a provider has is nothing that users see. */
export function createServiceProviderHandler(providers: readonly ServiceProvider[]): ResourceHandler {
  const shown = providers.map(({ service_type, name, default: isDefault }) => ({ service_type, name, default: isDefault }));
  return {
    list: (_context, query) => Promise.resolve(pageOf(shown, query, 'name')),

    async get(_context, wanted) {
      const found = shown.find(({ name }) => name === wanted);
      if (found === undefined) throw new NeutronError(HTTPNotFound);
      return found;
    },
  };
}
