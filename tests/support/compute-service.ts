import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import type { JsonObject } from '@neutrino/lib/json';
import { freePort } from './free-port.ts';

export interface HeardRequest {
  readonly headers: IncomingHttpHeaders;
  readonly events: readonly JsonObject[];
}

export interface ComputeAnswer {
  readonly status: number;
  readonly body?: JsonObject;
}

/** Takes events of ports as Nova's API does, and notes them. */
export interface ComputeService extends AsyncDisposable {
  /** As the catalog has it: "http://127.0.0.1:PORT/v2.1". */
  readonly url: string;
  readonly requests: readonly HeardRequest[];
  /** "network-vif-plugged completed PORT" of those that were taken. */
  readonly told: readonly string[];
  /** Decides how a request is answered; undefined: as Nova answers when it knows all instances. */
  answer: (request: HeardRequest) => Promise<ComputeAnswer | undefined> | ComputeAnswer | undefined;
  /** Refuses connections from now on. */
  stop(): Promise<void>;
  /** Listens again. */
  start(): Promise<void>;
}

/** Starts a service that plays the part of Nova's API that the network service talks to. */
export async function computeService(): Promise<ComputeService> {
  const port = await freePort();
  const requests: HeardRequest[] = [];
  const told: string[] = [];
  let server: Server | undefined;
  const stop = async (): Promise<void> => {
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.closeAllConnections();
    server.close();
    server = undefined;
    await closed;
  };
  const start = async (): Promise<void> => {
    server = createServer((request, response) => {
      void (async () => {
        const { events } = (await json(request)) as { events: readonly JsonObject[] };
        const heard = { headers: request.headers, events };
        requests.push(heard);
        const isKnown = request.method === 'POST' && request.url === '/v2.1/os-server-external-events';
        const given = isKnown ? await service.answer(heard) : { status: 404 };
        if (given === undefined) told.push(...events.map(({ name, status, tag }) => [name, status, tag].filter((part) => part !== undefined).join(' ')));
        const { status, body } = given ?? { status: 200, body: { events: events.map((event) => ({ status: 'completed', ...event, code: 200 })) } };
        response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body ?? {}));
      })();
    }).listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const service: ComputeService = { url: `http://127.0.0.1:${port}/v2.1`, requests, told, answer: () => undefined, stop, start, [Symbol.asyncDispose]: stop };
  await start();
  return service;
}
