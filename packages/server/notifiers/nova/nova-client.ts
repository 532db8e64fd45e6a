import { randomUUID } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import type { Logger } from 'pino';
import { openJsonHttp, type JsonReply } from '../../auth/json-http.ts';
import { openServiceTokens } from '../../auth/service-token.ts';
import type { Delivery } from './event-sender.ts';
import type { NovaEvent } from './nova-events.ts';
import type { NovaConnection } from './nova-settings.ts';

/** Speaks to Nova's API as the user of [nova]. */
export interface NovaClient extends Disposable {
  /** Never rejects. */
  deliver(events: readonly NovaEvent[]): Promise<Delivery>;
}

/** The API version in which these events are, as Neutron asks for it. */
const headers = { 'X-OpenStack-Nova-API-Version': '2.1' };

/** Nothing is asked of Keystone or Nova before there is an event. Throws where a file of the connection cannot be read. */
export function openNovaClient({ section, keystone, login, url, catalog, http: connection }: NovaConnection, log: Logger): NovaClient {
  const http = openJsonHttp(keystone, connection);
  const tokens = openServiceTokens(http, { section, login, ...(url === undefined && { endpoint: catalog }) });

  const post = async (events: readonly NovaEvent[], requestId: string, retry = true): Promise<JsonReply> => {
    const own = await tokens.get();
    const sent = http.request({
      method: 'POST',
      base: url ?? own.base ?? '',
      path: '/os-server-external-events',
      headers: { ...headers, 'X-Auth-Token': own.token, 'X-OpenStack-Request-ID': requestId },
      body: { events: events.map((event): JsonObject => ({ ...event })) },
    });
    const reply = await sent.catch((error: unknown) => {
      // Nova may have moved to where only a newer catalog says.
      tokens.forget(own);
      throw error;
    });
    if (reply.status === 401 || reply.status === 404) tokens.forget(own);
    return reply.status === 401 && retry ? post(events, requestId, false) : reply;
  };

  return {
    async deliver(events) {
      const requestId = `req-${randomUUID()}`;
      try {
        const reply = await post(events, requestId);
        const delivery = deliveryOf(events, reply);
        if (delivery.outcome === 'taken') log.debug({ events, requestId, status: reply.status }, 'Nova was told of events');
        if (delivery.outcome === 'taken' && delivery.refused.length > 0) log.warn({ events: delivery.refused, requestId }, 'Nova has no use for events');
        return delivery;
      } catch (error) {
        return { outcome: 'away', reason: error instanceof Error ? error.message : String(error) };
      }
    },
    [Symbol.dispose]: () => http[Symbol.dispose](),
  };
}

function deliveryOf(events: readonly NovaEvent[], { status, body }: JsonReply): Delivery {
  // None of the instances is known. A proxy's "not found" says nothing of the kind.
  if (status === 404 && isJsonObject(body) && body['itemNotFound'] !== undefined) return { outcome: 'taken', refused: events };
  if (status === 400 || status === 413) return { outcome: 'bad-request', reason: `Nova answers ${status}${reasonOf(body)}` };
  if (status !== 200 && status !== 207) return { outcome: 'away', reason: `Nova answers ${status}${reasonOf(body)}` };
  return { outcome: 'taken', refused: refusedBy(body, events) };
}

/** Nova answers with the events in their order, each with a code. */
function refusedBy(body: Json | undefined, events: readonly NovaEvent[]): readonly NovaEvent[] {
  const answers = isJsonObject(body) && Array.isArray(body['events']) ? body['events'] : [];
  return events.filter((_, index) => {
    const answer = answers[index];
    return isJsonObject(answer) && answer['code'] !== undefined && answer['code'] !== 200;
  });
}

/** {"badRequest": {"code": 400, "message": "…"}} */
function reasonOf(body: Json | undefined): string {
  const [fault] = isJsonObject(body) ? Object.values(body) : [];
  return isJsonObject(fault) && typeof fault['message'] === 'string' ? `: ${fault['message'].slice(0, 500)}` : '';
}
