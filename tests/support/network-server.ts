import { existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import type { Transport } from '@neutrino/lib/rpc/messaging';
import { loadConfig } from '@neutrino/runtime/conf/load-config';
import { createBroker } from '@neutrino/runtime/rpc/transports/in-process/broker';
import type { Authenticator } from '@neutrino/server/auth/authenticator';
import { createNoauthAuthenticator } from '@neutrino/server/auth/noauth';
import { configuredPolicy } from '@neutrino/server/cmd/configured-policy';
import { startServer } from '@neutrino/server/cmd/start-server';
import { serverSections } from '@neutrino/server/conf/sections';
import { upgrade } from '@neutrino/server/db/migrate';
import { openDatabase } from '@neutrino/server/db/open-database';
import type { Db } from '@neutrino/server/db/types';
import { pino } from 'pino';
import { engineUnderTest, type Engine } from './engines.ts';
import { freePort } from './free-port.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** An empty object where there is no body, or none that is an object. */
  readonly body: JsonObject;
}

/** Who asks: without roles, an administrator. */
export interface Caller {
  readonly project: string;
  readonly roles?: string;
}

/** The whole network API in this process, over the engine under test or the one given; requests say themselves who asks. */
export interface NetworkServer extends AsyncDisposable {
  readonly url: string;
  /** "GET /v2.0/networks/:id" and so on. */
  readonly routes: readonly string[];
  readonly db: Db;
  /** What the server logged as an error: nothing, if all is well. */
  readonly errors: readonly string[];
  request(caller: Caller, method: string, path: string, body?: Json, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** A program beside the server, on its broker. */
  connect(): Transport;
  /** The object that a POST made; throws where it made none. */
  create(caller: Caller, path: string, body: JsonObject): Promise<JsonObject>;
}

/** `settings`: lines of a configuration file. */
export async function networkServer(settings: string = '', given: { readonly authenticate?: Authenticator; readonly engine?: Engine } = {}): Promise<NetworkServer> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(temporaryDirectory());
  const file = join(directory.path, 'neutron.conf');
  writeFileSync(file, `[DEFAULT]\nauth_strategy = noauth\nbind_host = 127.0.0.1\nbind_port = ${await freePort()}\n${settings}`);
  const { values: config } = loadConfig(serverSections, { configFiles: [file], configDirs: [] });
  const errors: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => void errors.push(line) });
  const { url: database } = stack.use(await (given.engine ?? engineUnderTest()).emptyDatabase());
  const { db } = stack.use(await openDatabase(database, log));
  await upgrade(db);
  const besides = (name: string): string | undefined => [resolve(directory.path, name)].find((path) => existsSync(path));
  const { policy } = stack.use(configuredPolicy(config, besides, log));
  const broker = stack.use(createBroker({ log }));
  const authenticate = given.authenticate ?? createNoauthAuthenticator({ policy });
  const server = stack.use(await startServer({ config, db, policy, log, authenticate, transport: stack.use(broker.connect()) }));
  const running = stack.move();

  const request: NetworkServer['request'] = async ({ project, roles }, method, path, body, headers = {}) => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { 'X-Project-Id': project, ...(roles !== undefined && { 'X-Roles': roles }), ...(body !== undefined && { 'Content-Type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed: unknown = text === '' ? {} : JSON.parse(text);
    return { status: response.status, headers: response.headers, body: isJsonObject(parsed) ? parsed : {} };
  };
  return {
    url: server.url,
    routes: server.routes,
    db,
    errors,
    request,
    connect: () => broker.connect(),
    async create(caller, path, body) {
      const answer = await request(caller, 'POST', path, body);
      const [made] = Object.values(answer.body);
      if (answer.status !== 201 || !isJsonObject(made)) throw new Error(`POST ${path} gave ${answer.status} ${JSON.stringify(answer.body)}`);
      return made;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
