import type { JsonObject } from '../../json.ts';

const json = (schema: JsonObject): JsonObject => ({ 'application/json': { schema } });
const string: JsonObject = { type: 'string' };
const requestIdHeader: JsonObject = { 'X-Openstack-Request-Id': { $ref: '#/components/headers/RequestId' } };

/** What all operations share: how to log in, the shapes of errors, the parameters of lists. */
export function commonComponents(): JsonObject {
  return {
    securitySchemes: { token: { type: 'apiKey', in: 'header', name: 'X-Auth-Token', description: "A token of the identity service, scoped to a project or the system." } },
    headers: { RequestId: { description: 'The id under which the server logs this request.', schema: string } },
    schemas: {
      NeutronError: {
        type: 'object',
        properties: {
          NeutronError: {
            type: 'object',
            properties: { type: { ...string, description: 'What programs match on, e.g. NetworkNotFound.' }, message: string, detail: string },
            required: ['type', 'message', 'detail'],
          },
        },
        required: ['NeutronError'],
      },
      IdentityError: {
        type: 'object',
        properties: { error: { type: 'object', properties: { code: { type: 'integer' }, title: string, message: string }, required: ['code', 'title', 'message'] } },
        required: ['error'],
      },
      Links: {
        type: 'array',
        description: 'Where the next and the previous page are.',
        items: { type: 'object', properties: { rel: { enum: ['next', 'previous'] }, href: { type: 'string', format: 'uri' } }, required: ['rel', 'href'] },
      },
    },
    responses: {
      Error: { description: 'What went wrong: 400 for a bad request, 403 and 404 for what is not allowed or not there, 409 for a conflict, 412 for another revision, 503 where the server should be asked later.', headers: requestIdHeader, content: json({ $ref: '#/components/schemas/NeutronError' }) },
      Unauthorized: { description: 'No token, or none that is valid.', headers: requestIdHeader, content: json({ $ref: '#/components/schemas/IdentityError' }) },
      Unavailable: {
        description: 'Ask again later: the database, or the identity service, is away.',
        headers: requestIdHeader,
        content: json({ anyOf: [{ $ref: '#/components/schemas/NeutronError' }, { $ref: '#/components/schemas/IdentityError' }] }),
      },
    },
    parameters: {
      Limit: { name: 'limit', in: 'query', description: 'So many at most.', schema: { type: 'integer', minimum: 0, maximum: 2_147_483_647 } },
      Marker: { name: 'marker', in: 'query', description: 'The id of the last object of the page before.', schema: string },
      PageReverse: { name: 'page_reverse', in: 'query', description: 'The page before the marker instead.', schema: { type: 'boolean' } },
      SortDirection: {
        name: 'sort_dir', in: 'query', description: 'The direction of each sort_key, in the same order.',
        schema: { type: 'array', items: { enum: ['asc', 'desc'] } },
      },
      IfMatch: { name: 'If-Match', in: 'header', description: 'Only where the object is still of this revision: revision_number=N.', schema: { type: 'string', pattern: '^\\s*"?revision_number=\\d{1,15}"?\\s*$' } },
    },
  };
}
