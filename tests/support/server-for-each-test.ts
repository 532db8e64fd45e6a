import { afterEach, beforeEach } from 'vitest';
import { networkServer, type NetworkServer } from './network-server.ts';

/** Each test of the file gets a server, and a database, of its own: the one that the returned function gives. `settings`: lines of a configuration file. */
export function serverForEachTest(settings: string = ''): () => NetworkServer {
  let server: NetworkServer | undefined;
  beforeEach(async () => {
    server = await networkServer(settings);
  });
  afterEach(async () => server?.[Symbol.asyncDispose]());
  return () => {
    if (server === undefined) throw new Error('there is a server only while a test runs');
    return server;
  };
}
