import { once } from 'node:events';
import { createServer } from 'node:http';
import { listenFailure } from '@neutrino/runtime/cmd/cannot-start';
import { Registry } from 'prom-client';

/** Serves GET /metrics until disposed. `collect` gives the text. Throws CannotStart where the port is taken. */
export async function serveMetrics({ host, port, collect }: { readonly host: string; readonly port: number; readonly collect: () => Promise<string> }): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics' || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(404).end();
      return;
    }
    collect().then(
      (text) => response.writeHead(200, { 'Content-Type': Registry.PROMETHEUS_CONTENT_TYPE }).end(text),
      () => response.writeHead(503).end(),
    );
  });
  const listening = once(server, 'listening');
  server.listen(port, host);
  try {
    await listening;
  } catch (error) {
    throw listenFailure(error, host, port, '[metrics] bind_port');
  }
  return {
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
