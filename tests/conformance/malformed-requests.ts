import { collectionPath } from '@neutrino/lib/api/collection-path';
import type { Attribute, ResourceDeclaration } from '@neutrino/lib/api/attribute';
import { buildApi } from '@neutrino/lib/api/build-api';
import { extensions } from '@neutrino/lib/api/definitions/index';
import type { Json, JsonObject } from '@neutrino/lib/json';

/** A request that no server may accept, as bytes. */
export interface MalformedRequest {
  readonly title: string;
  readonly chunks: readonly (string | Uint8Array)[];
  /** The client ends its side before the request is whole: the server may hang up without an answer. */
  readonly endsEarly?: boolean;
}

export interface Target {
  /** Header lines that say who asks, e.g. "X-Auth-Token: …". */
  readonly credentials: readonly string[];
  /** Collection → id of an object that exists. */
  readonly objects: Readonly<Record<string, string>>;
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly contentType?: string;
  readonly headers?: readonly string[];
}

const operations = ['create', 'show', 'list', 'update', 'delete'] as const;
const resources = buildApi(extensions).resources.filter(({ parent }) => parent === undefined);

/** Several hundred requests, made from the declarations and from what is known to break servers. */
export function malformedRequests(target: Target): readonly MalformedRequest[] {
  const request = (title: string, { method, path, body, contentType = 'application/json', headers = [] }: Sent): MalformedRequest => {
    const lines = [`${method} ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...target.credentials, ...headers];
    if (body === undefined) return { title, chunks: [`${lines.join('\r\n')}\r\n\r\n`] };
    const bytes = Buffer.from(body);
    if (contentType !== '') lines.push(`Content-Type: ${contentType}`);
    return { title, chunks: [`${[...lines, `Content-Length: ${bytes.length}`].join('\r\n')}\r\n\r\n`, bytes] };
  };
  const make = (sent: readonly (readonly [string, Sent])[]): readonly MalformedRequest[] => sent.map(([title, what]) => request(title, what));
  return [
    ...make(writable(target).flatMap(wrongAttributes)),
    ...make(writable(target).flatMap(wrongBodies)),
    ...make(resources.flatMap(wrongQueries)),
    ...make(wrongTargets(target)),
    ...make(wrongSubresources(target)),
    ...brokenHttp(target),
  ];
}

interface Writable {
  readonly resource: ResourceDeclaration;
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  /** A body that would be accepted. */
  readonly good: JsonObject;
}

function writable({ objects }: Target): readonly Writable[] {
  return resources.flatMap((resource) => {
    const can = resource.operations ?? operations;
    const path = pathOf(resource);
    const id = objects[resource.collection];
    const post: Writable = { resource, method: 'POST', path, good: goodBody(resource, objects) };
    const put: Writable = { resource, method: 'PUT', path: `${path}/${id ?? ''}`, good: {} };
    return [...(can.includes('create') ? [post] : []), ...(can.includes('update') && id !== undefined ? [put] : [])];
  });
}

function goodBody({ collection }: ResourceDeclaration, objects: Readonly<Record<string, string>>): JsonObject {
  if (collection === 'subnets') return { network_id: objects['networks'] ?? '', ip_version: 4, cidr: '198.51.100.0/24' };
  if (collection === 'ports') return { network_id: objects['networks'] ?? '' };
  if (collection === 'security_group_rules') return { security_group_id: objects['security_groups'] ?? '', direction: 'ingress' };
  return {};
}

function pathOf({ collection }: ResourceDeclaration): string {
  return `/v2.0/${collectionPath(collection)}`;
}

/** Values that no attribute of the type may have. */
const wrongValues: Readonly<Record<Attribute['type'], readonly Json[]>> = {
  // An object that looks as if it could be shown as text makes programs stumble.
  string: [{ a: 1 }, { toString: 1, valueOf: null }, [1], true, 'x'.repeat(5000)],
  boolean: ['maybe', {}, { toString: 1 }, [], 2],
  integer: ['x', {}, { valueOf: 1, toString: 1 }, [], 1.5, 1e300],
  array: ['x', 5, { a: 1 }, [null], [{ unknown: 1 }], [{ toString: 1 }]],
  object: ['x', 5, [1]],
};

const oddNames = ['unknown', '__proto__', 'constructor', 'toString', '', 'hasOwnProperty', 'x'.repeat(5000), '\u202e', 'tenant'];

function wrongAttributes({ resource, method, path, good }: Writable): readonly (readonly [string, Sent])[] {
  const sent: (readonly [string, Sent])[] = [];
  const add = (title: string, attributes: string): void => {
    sent.push([`${method} ${resource.resource} ${title}`, { method, path, body: `{${JSON.stringify(resource.resource)}: ${attributes}}` }]);
  };
  // Written by hand, since an object literal with "__proto__" would not have it.
  const withOne = (name: string, value: Json): string => {
    const others = Object.entries(good).filter(([other]) => other !== name);
    return `{${[...others, [name, value] as const].map(([key, each]) => `${JSON.stringify(key)}: ${JSON.stringify(each)}`).join(', ')}}`;
  };
  for (const [name, attribute] of Object.entries(resource.attributes)) {
    const allowed = method === 'POST' ? attribute.allowPost : attribute.allowPut;
    if (!allowed) add(`with ${name}, which it may not give`, withOne(name, 'x'));
    else for (const value of wrongValues[attribute.type]) add(`with ${name} ${JSON.stringify(value).slice(0, 40)}`, withOne(name, value));
    if (method === 'POST' && allowed && attribute.default === undefined && name !== 'tenant_id') {
      add(`without ${name}`, JSON.stringify(Object.fromEntries(Object.entries(good).filter(([other]) => other !== name))));
    }
  }
  for (const name of oddNames) add(`with an attribute ${JSON.stringify(name).slice(0, 30)}`, withOne(name, 'x'));
  add('of two owners', withOne('tenant_id', 'a').replace(/\}$/, ', "project_id": "b"}'));
  return sent;
}

function wrongBodies({ resource: { resource, collection }, method, path }: Writable): readonly (readonly [string, Sent])[] {
  const bodies: Readonly<Record<string, string | Uint8Array>> = {
    'an empty object': '{}',
    'no body': '',
    'null': 'null',
    'a list': '[]',
    'a number': '7',
    'a string': '"x"',
    'another wrapper': '{"thing": {}}',
    'null in the wrapper': `{"${resource}": null}`,
    'a list in the wrapper': `{"${resource}": []}`,
    'a string in the wrapper': `{"${resource}": "x"}`,
    'more than the wrapper': `{"${resource}": {}, "more": 1}`,
    'an empty bulk': `{"${collection}": []}`,
    'an object as bulk': `{"${collection}": {}}`,
    'null in a bulk': `{"${collection}": [null]}`,
    'numbers in a bulk': `{"${collection}": [1, 2]}`,
    'lists in a bulk': `{"${collection}": [[]]}`,
    'cut off': `{"${resource}": {"name": "x"`,
    'a comma too many': `{"${resource}": {"name": "x",}}`,
    'NaN': `{"${resource}": {"name": NaN}}`,
    'single quotes': `{'${resource}': {}}`,
    'a comment': `{"${resource}": {} /* */}`,
    'two values': `{"${resource}": {}}{}`,
    'a raw control character': `{"${resource}": {"name": "a\u0001b"}}`,
    'half a surrogate pair': `{"${resource}": {"description": "\\ud800"}}`,
    'NUL in text': `{"${resource}": {"description": "a\\u0000b"}}`,
    'NUL bytes': new Uint8Array(64),
    'bad UTF-8': Buffer.concat([Buffer.from(`{"${resource}": {"name": "`), Buffer.from([0xff, 0xfe, 0xc0, 0x80]), Buffer.from('"}}')]),
    'UTF-16': Buffer.from(`{"${resource}": {}}`, 'utf16le'),
    'lists 100,000 deep': `{"${resource}": {"name": ${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
    'objects 50,000 deep': `{"${resource}": ${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`,
    'unclosed lists': '['.repeat(200_000),
  };
  const types = ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx', 'x', '/', ';;;'];
  return [
    ...Object.entries(bodies).map(([title, body]) => [`${method} ${resource}: ${title}`, { method, path, body }] as const),
    ...types.map((contentType) => [`${method} ${resource} as ${contentType}`, { method, path, body: `{"${resource}": {}}`, contentType }] as const),
    [`${method} ${resource}: 10 MB`, { method, path, body: `{"${resource}": {"name": "${'x'.repeat(10_000_000)}"}}` }],
  ];
}

function wrongQueries(resource: ResourceDeclaration): readonly (readonly [string, Sent])[] {
  const queries = [
    'limit=-1', 'limit=x', 'limit=1.5', 'limit=99999999999999999999', 'limit=0x10', 'limit=%00', 'limit=1e3',
    'sort_key=unknown&sort_dir=asc', 'sort_key=__proto__&sort_dir=asc', 'sort_dir=asc', 'sort_key=id&sort_dir=up', 'sort_key=id&sort_dir=asc&sort_dir=desc',
    'unknown=1', '__proto__=1', 'constructor=x', '%ff=1', 'limit=1&marker=unknown', "limit=1&marker='%20or%201=1--",
  ];
  const byType = Object.entries(resource.attributes).flatMap(([name, { type, isFilter }]) => {
    if (isFilter !== true) return type === 'object' ? [`${name}=1`] : [];
    if (type === 'boolean') return [`${name}=maybe`, `${name}=2`];
    return type === 'integer' ? [`${name}=x`, `${name}=1.5`, `${name}=${'9'.repeat(40)}`] : [];
  });
  if (Object.hasOwn(resource.attributes, 'updated_at')) queries.push('changed_since=yesterday', 'changed_since=2026-13-45T99:00:00');
  if (resource.collection === 'ports') queries.push('fixed_ips=10.0.0.1', 'fixed_ips=color=red', 'fixed_ips=');
  return [...queries, ...byType].map((query) => [`GET ${resource.collection}?${query.slice(0, 60)}`, { method: 'GET', path: `${pathOf(resource)}?${query}` }]);
}

function wrongTargets({ objects }: Target): readonly (readonly [string, Sent])[] {
  const paths = [
    '/v3', '/v2.0/unknown', '/v2.0/networks/unknown', '/v2.0/ports/%00', '/v2.0/ports/%zz', '/v2.0/ports/%ff%fe', '/v2.0/ports/..%2f..%2fetc%2fpasswd',
    '/v2.0/networks/a/b/c', '//v2.0/networks', '/v2.0//networks', '/v2.0/security.groups', '/%2e%2e/%2e%2e', `/v2.0/ports/${'x'.repeat(5000)}`,
    '/v2.0/extensions/unknown', '/v2.0/extensions/__proto__', "/v2.0/ports/'%20or%20'1'='1", '/v2.0/agents/unknown/dhcp-networks', '/v2.0/ports/unknown/tags',
  ];
  const port = objects['ports'] ?? '';
  return [
    ...paths.flatMap((path) => ['GET', 'DELETE'].map((method) => [`${method} ${path.slice(0, 60)}`, { method, path }] as const)),
    ...['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'].map((method) => [`${method} /v2.0/ports`, { method, path: '/v2.0/ports' }] as const),
    ...['POST', 'PATCH'].map((method) => [`${method} one port`, { method, path: `/v2.0/ports/${port}`, body: '{"port": {}}' }] as const),
    ...['revision_number=x', 'revision_number=', 'revision_number=99999', 'revision_number=1, revision_number=2'].map(
      (value) => [`If-Match: ${value}`, { method: 'PUT', path: `/v2.0/ports/${port}`, body: '{"port": {"name": "x"}}', headers: [`If-Match: ${value}`] }] as const,
    ),
  ];
}

function wrongSubresources({ objects }: Target): readonly (readonly [string, Sent])[] {
  const tags = `/v2.0/networks/${objects['networks'] ?? ''}/tags`;
  const tagBodies = ['{}', '{"tags": null}', '{"tags": "x"}', '{"tags": [1]}', '{"tags": ["a", "a"]}', `{"tags": ["${'x'.repeat(256)}"]}`, '{"tags": {"0": "x"}}', '[]', `{"tags": ${JSON.stringify(Array.from({ length: 51 }, (_, i) => `t${i}`))}}`];
  const quotas = '/v2.0/quotas/some-project';
  const quotaBodies = ['{}', '{"quota": null}', '{"quota": []}', '{"quota": {"port": "x"}}', '{"quota": {"port": -2}}', '{"quota": {"port": 1.5}}', '{"quota": {"port": 99999999999}}', '{"quota": {"port": null}}', '{"quota": {"unknown": 1}}', '{"quota": {"__proto__": 1}}', '{"quota": {"check_limit": "perhaps"}}'];
  return [
    ...tagBodies.map((body) => [`PUT tags ${body.slice(0, 40)}`, { method: 'PUT', path: tags, body }] as const),
    ['PUT a tag of 256 characters', { method: 'PUT', path: `${tags}/${'x'.repeat(256)}` }],
    ['PUT a tag with NUL', { method: 'PUT', path: `${tags}/a%00b` }],
    ['DELETE a tag that is not there', { method: 'DELETE', path: `${tags}/nothing` }],
    ['GET a tag that is not there', { method: 'GET', path: `${tags}/nothing` }],
    ...quotaBodies.map((body) => [`PUT quota ${body}`, { method: 'PUT', path: quotas, body }] as const),
    ['POST quota', { method: 'POST', path: '/v2.0/quotas', body: '{"quota": {}}' }],
    ['DELETE a quota that is not there', { method: 'DELETE', path: '/v2.0/quotas/nobody' }],
  ];
}

/** What is hardly HTTP, or stops in the middle. */
function brokenHttp({ credentials }: Target): readonly MalformedRequest[] {
  const head = (first: string, ...lines: readonly string[]): string => `${[first, ...lines].join('\r\n')}\r\n\r\n`;
  const post = (...lines: readonly string[]): string => head('POST /v2.0/networks HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', ...credentials, ...lines);
  const get = (...lines: readonly string[]): string => head('GET /v2.0/networks HTTP/1.1', 'Host: localhost', ...credentials, ...lines);
  const large = Buffer.alloc(1_000_000, 0x78);
  const whole: Readonly<Record<string, readonly (string | Uint8Array)[]>> = {
    'no HTTP at all': ['hello\r\n\r\n'],
    'binary noise': [Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03, 0x0d, 0x0a, 0x0d, 0x0a])],
    'an unknown method': [head('FROBNICATE /v2.0/networks HTTP/1.1', 'Host: localhost')],
    'a method in lower case': [head('get /v2.0/networks HTTP/1.1', 'Host: localhost')],
    'an unknown version': [head('GET /v2.0/networks HTTP/9.9', 'Host: localhost')],
    'a blank in the path': [head('GET /v2.0/net works HTTP/1.1', 'Host: localhost')],
    'a tunnel': [head('CONNECT localhost:22 HTTP/1.1', 'Host: localhost')],
    'a trace': [head('TRACE /v2.0/networks HTTP/1.1', 'Host: localhost')],
    'an expectation and no body': [post('Expect: the-unexpected', 'Content-Length: 0')],
    'no Host': [head('GET /v2.0/networks HTTP/1.1')],
    'a header without a colon': [get('Nonsense')],
    'a header of control characters': [get('X-Odd: a\u0000b')],
    'a blank before the colon': [get('X-Odd : 1')],
    'a header without a name': [get(': x')],
    'a header of 1 MB': [get(`X-Long: ${'x'.repeat(1_000_000)}`)],
    '20,000 headers': [get(...Array.from({ length: 20_000 }, (_, index) => `X-${index}: 1`))],
    'a URL of 200,000 characters': [head(`GET /v2.0/networks?name=${'x'.repeat(200_000)} HTTP/1.1`, 'Host: localhost')],
    'two lengths': [post('Content-Length: 2', 'Content-Length: 3'), '{}'],
    'a negative length': [post('Content-Length: -1'), '{}'],
    'a length in words': [post('Content-Length: two'), '{}'],
    'a length and chunks': [post('Content-Length: 2', 'Transfer-Encoding: chunked'), '{}'],
    'a bad chunk': [post('Transfer-Encoding: chunked'), 'zz\r\n{}\r\n0\r\n\r\n'],
    'an unknown transfer encoding': [post('Transfer-Encoding: rot13'), '{}'],
    'a compressed body': [post('Content-Encoding: gzip', 'Content-Length: 3', 'Connection: close'), Buffer.from([0x1f, 0x8b, 0x08])],
    '10 MB in chunks': [post('Transfer-Encoding: chunked', 'Connection: close'), ...Array.from({ length: 10 }, () => ['f4240\r\n', large, '\r\n']).flat(), '0\r\n\r\n'],
    'a length of 100 GB': [post('Content-Length: 107374182400', 'Connection: close'), '{}'],
  };
  const early: Readonly<Record<string, readonly string[]>> = {
    'the end in the first line': ['GET /v2.0/net'],
    'the end in the headers': ['GET /v2.0/networks HTTP/1.1\r\nHost: loc'],
    'the end in the body': [post('Content-Length: 100'), '{"network": '],
    'the end in a chunk': [post('Transfer-Encoding: chunked'), '10\r\n{"netw'],
    'no request': [],
  };
  return [
    ...Object.entries(whole).map(([title, chunks]) => ({ title, chunks })),
    ...Object.entries(early).map(([title, chunks]) => ({ title, chunks, endsEarly: true })),
  ];
}
