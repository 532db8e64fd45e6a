import { CallbackNotFound, InvalidResourceTypeClass } from '@neutrino/lib/exceptions/agent';
import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { isJsonObject, type Json } from '@neutrino/lib/json';
import type { Endpoint } from '@neutrino/lib/rpc/messaging';
import type { Db } from '../../db/types.ts';
import { invalidArgument, textArgument } from '../arguments.ts';
import { emptyObjectTypes, objectTypes } from '../objects/object-types.ts';
import type { Chosen, ObjectType } from '../objects/object-type.ts';
import { primitive, targetMinor } from '../objects/versioned-object.ts';

/** Objects that agents ask for by their type, in the version that they understand. */
export function resourcesEndpoint({ db }: { readonly db: Db }): Endpoint {
  return {
    version: '1.1',
    methods: {
      /**
       * One object of a service that gives its objects one by one: trunks and QoS policies have such services, and neither is here. Agents
       * must hear of that by this error: for them a port then has no trunk, and any other answer is a failure.
       */
      pull(_context, args) {
        throw new NeutronError(CallbackNotFound, { resource_type: textArgument(args, 'resource_type') });
      },

      async bulk_pull(_context, args) {
        const name = textArgument(args, 'resource_type');
        const version = textArgument(args, 'version');
        if (emptyObjectTypes.has(name)) return [];
        const type = Object.hasOwn(objectTypes, name) ? objectTypes[name] : undefined;
        if (type === undefined) throw new NeutronError(InvalidResourceTypeClass, { resource_type: name });
        const { columns, fields } = filtersOf(type, args['filter_kwargs']);
        const found = (await type.read(db, columns)).filter((data) => Object.entries(fields).every(([field, values]) => values.includes(data[field] ?? null)));
        return found.map((data) => {
          const minor = targetMinor(version, type.version);
          return primitive({ name, version, data: type.older(data, minor) });
        });
      },
    },
  };
}

interface Filters {
  readonly columns: Chosen;
  readonly fields: Readonly<Record<string, readonly Json[]>>;
}

function filtersOf(type: ObjectType, given: Json | undefined): Filters {
  if (given === undefined || given === null) return { columns: {}, fields: {} };
  if (!isJsonObject(given)) throw invalidArgument('filter_kwargs', 'an object');
  const unknown = Object.keys(given).filter((field) => !type.columns.includes(field) && !type.fields.includes(field));
  if (unknown.length > 0) throw new NeutronError(InvalidInput, { error_message: `'${unknown.join(', ')}' is not supported for filtering` });
  const values = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : [value ?? null]);
  const texts = (value: Json | undefined): readonly (string | null)[] =>
    values(value).map((each) => {
      if (each !== null && typeof each === 'object') throw invalidArgument('filter_kwargs', 'made of texts, numbers and booleans');
      return each === null ? null : String(each);
    });
  const chosen = <T>(names: readonly string[], read: (value: Json | undefined) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(given).filter(([field]) => names.includes(field)).map(([field, value]) => [field, read(value)]));
  return { columns: chosen(type.columns, texts), fields: chosen(type.fields, values) };
}
