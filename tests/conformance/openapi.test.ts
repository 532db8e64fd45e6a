import { readFileSync } from 'node:fs';
import { buildApi } from '@neutrino/lib/api/build-api';
import { extensions } from '@neutrino/lib/api/definitions/index';
import { openApiDocument } from '@neutrino/lib/api/openapi/document';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiDocument, apiDocumentFile } from '../../scripts/api-document.ts';
import { networkServer, type NetworkServer } from '../support/network-server.ts';

const METHODS = ['get', 'post', 'put', 'delete'] as const;
const document = openApiDocument(buildApi(extensions));
const paths = document['paths'] as Readonly<Record<string, JsonObject>>;

/** "GET /v2.0/networks/{}" of everything that a document has. */
function described({ paths: its }: JsonObject): readonly string[] {
  return Object.entries(its as Readonly<Record<string, JsonObject>>)
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`))
    .toSorted();
}

describe('the OpenAPI document', () => {
  let server: NetworkServer;
  beforeAll(async () => {
    server = await networkServer('service_plugins = router, auto_allocate, port_forwarding, conntrack_helper\n[ml2]\nextension_drivers = port_security\n');
  });
  afterAll(async () => server[Symbol.asyncDispose]());

  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document));
    expect(result.errors ?? []).toEqual([]);
    expect({ valid: result.valid, version: validator.version }).toEqual({ valid: true, version: '3.1' });
  });

  it('is the one in docs/openapi.json (node scripts/api-document.ts writes it)', () => {
    expect(readFileSync(apiDocumentFile, 'utf8') === apiDocument()).toBe(true);
  });

  it('names no operation twice, and every reference leads somewhere', () => {
    const operations = Object.values(paths).flatMap((methods) => METHODS.flatMap((method) => (isJsonObject(methods[method]) ? [String(methods[method]['operationId'])] : [])));
    expect(operations.toSorted()).toEqual([...new Set(operations)].toSorted());
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)];
    const components = document['components'] as Readonly<Record<string, JsonObject>>;
    expect(references.filter(([, kind = '', name = '']) => components[kind]?.[name] === undefined).map(([text]) => text)).toEqual([]);
  });

  it('is served to everybody, for what this server has loaded', async () => {
    const answer = await fetch(`${server.url}/openapi.json`);
    expect(answer.status).toBe(200);
    expect(described(await answer.json() as JsonObject)).toEqual(described(document));
    await using without = await networkServer('[ml2]\nextension_drivers =\n');
    expect(await (await fetch(`${without.url}/openapi.json`)).text()).not.toContain('port_security_enabled');
  });

  it('has every route that is served, and no other', () => {
    expect(described(document)).toEqual(server.routes.map((route) => route.replaceAll(/:\w+/g, '{}')).filter((route) => !/ \/(?:docs|healthcheck)\b/.test(route)).toSorted());
  });
});
