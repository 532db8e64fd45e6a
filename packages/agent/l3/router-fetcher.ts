import type { RouterInfo } from '@neutrino/lib/rpc/router-payloads';
import type { L3PluginRpc } from './plugin-rpc.ts';

/** Routers asked for at once, at most. */
export const CHUNK = 64;

/** Asks for single routers; those that are wanted in one moment are asked for together. */
export function createRouterFetcher(rpc: Pick<L3PluginRpc, 'syncRouters'>): (routerId: string) => Promise<RouterInfo | undefined> {
  let waiting = new Map<string, PromiseWithResolvers<RouterInfo | undefined>>();
  const ask = async (asked: ReadonlyMap<string, PromiseWithResolvers<RouterInfo | undefined>>): Promise<void> => {
    try {
      const routers = new Map((await rpc.syncRouters([...asked.keys()])).map((router) => [router.id, router]));
      for (const [id, { resolve }] of asked) resolve(routers.get(id));
    } catch (error) {
      for (const { reject } of asked.values()) reject(error);
    }
  };
  return (routerId) => {
    if (waiting.size >= CHUNK) waiting = new Map();
    if (waiting.size === 0) {
      const asked = waiting;
      setImmediate(() => {
        if (waiting === asked) waiting = new Map();
        void ask(asked);
      });
    }
    const entry = waiting.get(routerId) ?? Promise.withResolvers<RouterInfo | undefined>();
    waiting.set(routerId, entry);
    return entry.promise;
  };
}
