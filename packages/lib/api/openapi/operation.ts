import type { JsonObject } from '../../json.ts';

const json = (schema: JsonObject): JsonObject => ({ 'application/json': { schema } });
const string: JsonObject = { type: 'string' };
const requestIdHeader: JsonObject = { 'X-Openstack-Request-Id': { $ref: '#/components/headers/RequestId' } };

/** Path → method → operation. */
export type Paths = Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;

export interface Operation {
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly parameters?: readonly JsonObject[];
  readonly request?: JsonObject;
  readonly status: number;
  readonly answer?: JsonObject;
  /** For those who did not log in too. */
  readonly open?: boolean;
}

/** An operation with all that it can answer. */
export function operation({ operationId, tag, summary, parameters = [], request, status, answer, open = false }: Operation): JsonObject {
  return {
    operationId,
    tags: [tag],
    summary,
    ...(open && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(request !== undefined && { requestBody: { required: true, content: json(request) } }),
    responses: {
      [status]: { description: DONE[status] ?? 'Done.', headers: requestIdHeader, ...(answer !== undefined && { content: json(answer) }) },
      ...(!open && { 401: { $ref: '#/components/responses/Unauthorized' } }),
      503: { $ref: '#/components/responses/Unavailable' },
      default: { $ref: '#/components/responses/Error' },
    },
  };
}

const DONE: Readonly<Record<number, string>> = { 200: 'What was asked for.', 201: 'Made.', 204: 'Done; there is nothing to say.' };

export function pathParameter(name: string): JsonObject {
  return { name, in: 'path', required: true, schema: string };
}
