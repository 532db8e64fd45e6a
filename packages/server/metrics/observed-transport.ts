import type { Endpoint, RpcMethod, Transport } from '@neutrino/lib/rpc/messaging';
import type { RpcMessage } from './server-metrics.ts';

/** The transport, with `observe` told of each message that was asked, told or served. */
export function observedTransport(transport: Transport, observe: (message: RpcMessage) => void): Transport {
  const timed = async <T>(kind: RpcMessage['kind'], method: string, work: () => Promise<T> | T): Promise<T> => {
    const begun = performance.now();
    let failed = true;
    try {
      const result = await work();
      failed = false;
      return result;
    } finally {
      observe({ kind, method, seconds: (performance.now() - begun) / 1000, failed });
    }
  };
  const observed = ({ version, methods }: Endpoint): Endpoint => ({
    version,
    methods: Object.fromEntries(
      Object.entries(methods).map(([name, serve]): [string, RpcMethod] => [name, (context, args) => timed('serve', name, () => serve(context, args))]),
    ),
  });
  return {
    call: (context, target, method, args, options) => timed('call', method, () => transport.call(context, target, method, args, options)),
    cast: (context, target, method, args) => timed('cast', method, () => transport.cast(context, target, method, args)),
    listen: (options) => transport.listen({ ...options, endpoints: options.endpoints.map(observed) }),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}
