import { readFileSync } from 'node:fs';
import type { Credentials } from '@neutrino/client/session';
import { parse, stringify } from 'yaml';
import { writeWhole, type StateDirectory } from './state-directory.ts';

/** The clouds that `clouds.yaml` names: the administrator's, and an ordinary project's. */
export const CLOUD = 'neutrino';
export const DEMO_CLOUD = 'neutrino-demo';

/** Leaves what ordinary clients need to log in: `clouds.yaml` and `openrc`, readable by the owner only. */
export function writeCloudFiles(state: StateDirectory, clouds: Readonly<Record<string, Credentials>>): void {
  const entries = Object.entries(clouds).map(([name, credentials]) => [
    name,
    {
      auth: {
        auth_url: credentials.authUrl,
        username: credentials.username,
        password: credentials.password,
        project_name: credentials.projectName,
        user_domain_name: credentials.userDomainName,
        project_domain_name: credentials.projectDomainName,
      },
      region_name: credentials.regionName,
      identity_api_version: 3,
    },
  ]);
  writeWhole(state.cloudsYaml, stringify({ clouds: Object.fromEntries(entries) }));
  const admin = clouds[CLOUD];
  if (admin !== undefined) writeWhole(state.openrc, openrc(admin));
}

function openrc(credentials: Credentials): string {
  const variables = {
    OS_AUTH_URL: credentials.authUrl,
    OS_USERNAME: credentials.username,
    OS_PASSWORD: credentials.password,
    OS_PROJECT_NAME: credentials.projectName,
    OS_USER_DOMAIN_NAME: credentials.userDomainName,
    OS_PROJECT_DOMAIN_NAME: credentials.projectDomainName,
    OS_REGION_NAME: credentials.regionName ?? '',
    OS_IDENTITY_API_VERSION: '3',
  };
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join('');
}

/** The credentials of a cloud in this state directory's clouds.yaml. */
export function readCloud(state: StateDirectory, cloud: string): Credentials {
  let text: string;
  try {
    text = readFileSync(state.cloudsYaml, 'utf8');
  } catch {
    throw new Error(`there is no ${state.cloudsYaml}: start the service first (neutrino up)`);
  }
  const clouds = (parse(text) as { clouds?: Record<string, { auth: Record<string, string>; region_name?: string }> }).clouds;
  const entry = clouds?.[cloud];
  if (entry === undefined) throw new Error(`${state.cloudsYaml} names no cloud "${cloud}"`);
  const auth = entry.auth;
  return {
    authUrl: auth['auth_url'] ?? '',
    username: auth['username'] ?? '',
    password: auth['password'] ?? '',
    projectName: auth['project_name'] ?? '',
    userDomainName: auth['user_domain_name'] ?? 'Default',
    projectDomainName: auth['project_domain_name'] ?? 'Default',
    ...(entry.region_name === undefined ? {} : { regionName: entry.region_name }),
  };
}
