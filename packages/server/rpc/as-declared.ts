import type { JsonObject } from '@neutrino/lib/json';
import type { Parameters, ServedInterface } from '@neutrino/lib/rpc/contract';
import type { Endpoint, RpcMethod } from '@neutrino/lib/rpc/messaging';

/** The endpoint, with arguments that its declaration does not allow refused by the error that agents know of Python. */
export function asDeclared({ methods: declared }: ServedInterface, endpoint: Endpoint): Endpoint {
  const checked = Object.entries(endpoint.methods).map(([name, method]): [string, RpcMethod] => {
    const parameters = declared[name]?.parameters ?? 'any';
    return [name, parameters === 'any' ? method : (context, args) => {
      checkArguments(name, parameters, args);
      return method(context, args);
    }];
  });
  return { version: endpoint.version, methods: Object.fromEntries(checked) };
}

function checkArguments(method: string, { required, optional = [] }: Exclude<Parameters, 'any'>, args: JsonObject): void {
  const unexpected = Object.keys(args).find((name) => !required.includes(name) && !optional.includes(name));
  if (unexpected !== undefined) throw new TypeError(`${method}() got an unexpected keyword argument '${unexpected}'`);
  const missing = required.filter((name) => !Object.hasOwn(args, name)).map((name) => `'${name}'`);
  if (missing.length === 0) return;
  const [last, ...others] = missing.toReversed();
  const listed = others.length === 0 ? last : `${others.toReversed().join(', ')}${others.length > 1 ? ',' : ''} and ${last}`;
  throw new TypeError(`${method}() missing ${missing.length} required positional argument${missing.length > 1 ? 's' : ''}: ${listed}`);
}
