import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import { parse } from 'yaml';
import { openSession, sessionAt, type Session } from '../session.ts';

/** What the command line says about how to log in; everything else comes from OS_* and clouds.yaml. */
export interface LoginOptions {
  readonly osCloud?: string;
  readonly osAuthUrl?: string;
  readonly osUsername?: string;
  readonly osPassword?: string;
  readonly osProjectName?: string;
  readonly osRegionName?: string;
  readonly osEndpoint?: string;
  readonly osToken?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Logs in the way OpenStack's clients do: an endpoint (with a token, or none), else a cloud of
 * clouds.yaml, else OS_* variables; options stand above both.
 */
export async function login(options: LoginOptions, environment: Environment): Promise<Session> {
  const endpoint = options.osEndpoint ?? environment['OS_ENDPOINT'] ?? environment['OS_URL'];
  if (endpoint !== undefined) {
    const id = options.osToken ?? environment['OS_TOKEN'];
    return sessionAt(endpoint, id === undefined ? undefined : { id, projectId: '', userId: '' });
  }
  const cloud = options.osCloud ?? environment['OS_CLOUD'];
  const entry = cloud === undefined ? {} : readCloud(cloud, environment);
  const auth = isJsonObject(entry['auth']) ? entry['auth'] : {};
  const setting = (option: string | undefined, variables: readonly string[], key: string): string | undefined => {
    const fromVariable = variables.map((name) => environment[name]).find((value) => value !== undefined && value !== '');
    const fromFile = auth[key] ?? entry[key];
    return option ?? (cloud === undefined ? fromVariable : undefined) ?? (fromFile === undefined ? undefined : String(fromFile)) ?? fromVariable;
  };
  const required = (value: string | undefined, name: string): string => {
    if (value === undefined) throw new Error(`how to log in is not known: give --os-cloud, or set ${name}`);
    return value;
  };
  const region = setting(options.osRegionName, ['OS_REGION_NAME'], 'region_name');
  const visibility = setting(undefined, ['OS_INTERFACE', 'OS_ENDPOINT_TYPE'], 'interface')?.replace(/URL$/, '');
  return openSession({
    authUrl: required(setting(options.osAuthUrl, ['OS_AUTH_URL'], 'auth_url'), 'OS_AUTH_URL'),
    username: required(setting(options.osUsername, ['OS_USERNAME'], 'username'), 'OS_USERNAME'),
    password: required(setting(options.osPassword, ['OS_PASSWORD'], 'password'), 'OS_PASSWORD'),
    projectName: required(setting(options.osProjectName, ['OS_PROJECT_NAME', 'OS_TENANT_NAME'], 'project_name'), 'OS_PROJECT_NAME'),
    userDomainName: setting(undefined, ['OS_USER_DOMAIN_NAME'], 'user_domain_name') ?? 'Default',
    projectDomainName: setting(undefined, ['OS_PROJECT_DOMAIN_NAME'], 'project_domain_name') ?? 'Default',
    ...(region === undefined ? {} : { regionName: region }),
    ...(visibility === undefined ? {} : { interface: visibility }),
  });
}

function readCloud(cloud: string, environment: Environment): JsonObject {
  const named = environment['OS_CLIENT_CONFIG_FILE'];
  const config = environment['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
  const files = [...(named === undefined ? [] : [named]), 'clouds.yaml', join(config, 'openstack/clouds.yaml'), '/etc/openstack/clouds.yaml'];
  for (const file of files) {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      continue;
    }
    const content: unknown = parse(text);
    const clouds = isJsonObject(content) && isJsonObject(content['clouds']) ? content['clouds'] : {};
    const entry = clouds[cloud];
    if (isJsonObject(entry)) return entry;
  }
  throw new Error(`no clouds.yaml names the cloud "${cloud}" (looked at ${files.join(', ')})`);
}
