import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import { parse } from 'yaml';
import { openSession, sessionAt, type Observer, type Session } from '../session.ts';
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
  if (endpoint !== undefined && (token !== undefined || authUrl === undefined)) {
    return sessionAt(endpoint, token === undefined ? undefined : { id: token, projectId: settings.projectId ?? '', userId: '' }, sources.observe);
  }
  const { regionName, userId, projectId, userDomainId, projectDomainId } = settings;
  return openSession(
    {
      authUrl: required(authUrl, 'authUrl'),
      username: userId === undefined ? required(settings.username, 'username') : '',
      password: required(settings.password, 'password'),
      projectName: projectId === undefined ? required(settings.projectName, 'projectName') : '',
      userDomainName: settings.userDomainName ?? 'Default',
      projectDomainName: settings.projectDomainName ?? 'Default',
      ...(userId !== undefined && { userId }),
      ...(projectId !== undefined && { projectId }),
      ...(userDomainId !== undefined && { userDomainId }),
      ...(projectDomainId !== undefined && { projectDomainId }),
      ...(regionName !== undefined && { regionName }),
      ...(endpoint !== undefined && { networkUrl: endpoint }),
      // The old client's names end so: publicURL.
      ...(settings.interface !== undefined && { interface: settings.interface.split(',').map((name) => name.replace(/URL$/, '')) }),
    },
    sources.observe,
  );
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
    const value = auth[key] ?? entry[key];
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
