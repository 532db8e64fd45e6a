import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import { parse } from 'yaml';
import { openSession, sessionAt, type Credentials, type Observer, type Session } from '../session.ts';
import { truthValue } from './attribute-values.ts';
import { UsageError } from './command-environment.ts';
import { LOGIN_SOURCES, SETTINGS, type LoginSettings } from './login-settings.ts';
import { settingsOfFiles, type ConfigFiles } from './neutron-section-login.ts';

export interface LoginSources {
  /** `--os-…` options. */
  readonly options: LoginSettings;
  /** `--os-cloud`. */
  readonly cloud?: string;
  readonly files: ConfigFiles;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly observe?: Observer;
}

/**
 * Logs in the way OpenStack's clients do. What is asked for on the command line stands first: options, then
 * the configuration files or the cloud named there; then OS_CLOUD's entry of clouds.yaml, then OS_* variables.
 */
export async function login(sources: LoginSources): Promise<Session> {
  const settings = gather(sources);
  if (settings.cacert !== undefined) setDefaultCACertificates([...getCACertificates('default'), readFileSync(settings.cacert, 'utf8')]);
  // Node's own switch; it warns on standard error, as it should.
  if (truthValue(settings.insecure ?? '') === true) process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';

  const { endpoint, token, authUrl } = settings;
  const method = methodOf(settings);
  if (method === 'none' || (endpoint !== undefined && authUrl === undefined)) {
    const at = required(endpoint, 'endpoint');
    return sessionAt(at, token === undefined || method === 'none' ? undefined : { id: token, projectId: settings.projectId ?? '', userId: '' }, sources.observe);
  }
  // A token at hand is good at a known endpoint without asking Keystone for another.
  if (method === 'token' && endpoint !== undefined) {
    return sessionAt(endpoint, { id: required(token, 'token'), projectId: settings.projectId ?? '', userId: '' }, sources.observe);
  }
  return openSession({ ...credentialsOf(settings, method), ...placeOf(settings) }, sources.observe);
}

type Method = 'password' | 'token' | 'application credential' | 'none';

/** The names that keystoneauth gives to ways of logging in. */
const METHODS: Readonly<Record<string, Method>> = {
  password: 'password', v3password: 'password', keystone: 'password',
  token: 'token', v3token: 'token', token_endpoint: 'token', admin_token: 'token',
  v3applicationcredential: 'application credential',
  none: 'none', noauth: 'none',
};

function methodOf({ authType, applicationCredentialSecret, token, password }: LoginSettings): Method {
  if (authType !== undefined) {
    const method = Object.hasOwn(METHODS, authType) ? METHODS[authType] : undefined;
    if (method === undefined) throw new UsageError(`auth type ${authType} is not available; use password, token, v3applicationcredential or none`);
    return method;
  }
  if (applicationCredentialSecret !== undefined) return 'application credential';
  return token !== undefined && password === undefined ? 'token' : 'password';
}

function credentialsOf(settings: LoginSettings, method: Method): Credentials {
  const { userId, projectId, userDomainId, projectDomainId, applicationCredentialId: id, applicationCredentialName: name } = settings;
  const isPassword = method === 'password';
  const isApplication = method === 'application credential';
  const needsUser = isPassword || (isApplication && id === undefined);
  return {
    authUrl: required(settings.authUrl, 'authUrl'),
    username: needsUser && userId === undefined ? required(settings.username, 'username') : '',
    password: isPassword ? required(settings.password, 'password') : '',
    projectName: isApplication || projectId !== undefined ? '' : required(settings.projectName, 'projectName'),
    userDomainName: settings.userDomainName ?? 'Default',
    projectDomainName: settings.projectDomainName ?? 'Default',
    ...(method === 'token' && { token: required(settings.token, 'token') }),
    ...(isApplication && {
      applicationCredential: {
        secret: required(settings.applicationCredentialSecret, 'applicationCredentialSecret'),
        ...(id === undefined ? { name: required(name, 'applicationCredentialName') } : { id }),
      },
    }),
    ...(userId !== undefined && { userId }),
    ...(projectId !== undefined && { projectId }),
    ...(userDomainId !== undefined && { userDomainId }),
    ...(projectDomainId !== undefined && { projectDomainId }),
  };
}

/** Where the network API is looked for. The old client's names of interfaces end so: publicURL. */
function placeOf({ regionName, endpoint, interface: asked }: LoginSettings): Partial<Credentials> {
  return {
    ...(regionName !== undefined && { regionName }),
    ...(endpoint !== undefined && { networkUrl: endpoint }),
    ...(asked !== undefined && { interface: asked.split(',').map((name) => name.replace(/URL$/, '')) }),
  };
}

function gather({ options, cloud, files, variables }: LoginSources): LoginSettings {
  const named = cloud ?? variables['OS_CLOUD'];
  const fromFiles = settingsOfFiles(files);
  const fromCloud = named === undefined || (cloud === undefined && fromFiles !== undefined) ? {} : settingsOfCloud(named, variables);
  const fromVariables: Record<string, string> = {};
  for (const setting of SETTINGS) {
    const value = LOGIN_SOURCES[setting].variables.map((name) => variables[name]).find((text) => text !== undefined && text !== '');
    if (value !== undefined) fromVariables[setting] = value;
  }
  return { ...fromVariables, ...fromCloud, ...fromFiles, ...options };
}

function required(value: string | undefined, setting: keyof LoginSettings): string {
  if (value !== undefined && value !== '') return value;
  const { option, variables } = LOGIN_SOURCES[setting];
  throw new UsageError(`how to log in is not known: give --os-cloud or --config-file, or set ${variables[0]} (or --${option[0]})`);
}

function settingsOfCloud(cloud: string, variables: LoginSources['variables']): LoginSettings {
  const entry = readCloud(cloud, variables);
  const auth = isJsonObject(entry['auth']) ? entry['auth'] : {};
  const settings: Record<string, string> = {};
  for (const setting of SETTINGS) {
    const { key } = LOGIN_SOURCES[setting];
    // Clouds name the endpoint in `auth` where there is no identity service.
    const value = auth[key] ?? entry[key] ?? (setting === 'endpoint' ? auth['endpoint'] : undefined);
    if (value !== undefined && value !== null) settings[setting] = String(value);
  }
  if (entry['verify'] === false) settings['insecure'] = 'true';
  return settings;
}

function readCloud(cloud: string, variables: LoginSources['variables']): JsonObject {
  const named = variables['OS_CLIENT_CONFIG_FILE'];
  const config = variables['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
  const files = named === undefined ? ['clouds.yaml', join(config, 'openstack/clouds.yaml'), '/etc/openstack/clouds.yaml'] : [named];
  for (const file of files) {
    const entry = cloudsIn(file)[cloud];
    if (isJsonObject(entry)) return entry;
  }
  throw new UsageError(`no clouds.yaml names the cloud "${cloud}" (looked at ${files.join(', ')})`);
}

function cloudsIn(file: string): JsonObject {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    const content: unknown = parse(text);
    return isJsonObject(content) && isJsonObject(content['clouds']) ? content['clouds'] : {};
  } catch (error) {
    throw new Error(`${file} is not YAML: ${(error as Error).message}`, { cause: error });
  }
}
