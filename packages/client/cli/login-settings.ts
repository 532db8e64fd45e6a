/** What there is to know for logging in; each source says some of it. */
export interface LoginSettings {
  readonly authUrl?: string;
  readonly username?: string;
  readonly userId?: string;
  readonly password?: string;
  readonly projectName?: string;
  readonly projectId?: string;
  readonly userDomainName?: string;
  readonly userDomainId?: string;
  readonly projectDomainName?: string;
  readonly projectDomainId?: string;
  readonly regionName?: string;
  readonly interface?: string;
  /** The network API itself. */
  readonly endpoint?: string;
  /** A token at hand: used as it is with `endpoint`, and to get one for the project with `authUrl`. */
  readonly token?: string;
  readonly applicationCredentialId?: string;
  readonly applicationCredentialName?: string;
  readonly applicationCredentialSecret?: string;
  /** password, token, v3applicationcredential …; none: without a login, at `endpoint`. Where not given, what is given says it. */
  readonly authType?: string;
  readonly cacert?: string;
  readonly insecure?: string;
}

type Setting = keyof LoginSettings;

/** Setting → the command-line option, the variables, and the key of clouds.yaml. */
export const LOGIN_SOURCES: Readonly<Record<Setting, { readonly option: readonly string[]; readonly variables: readonly string[]; readonly key: string; readonly about: string }>> = {
  authUrl: { option: ['os-auth-url'], variables: ['OS_AUTH_URL'], key: 'auth_url', about: 'Keystone' },
  username: { option: ['os-username'], variables: ['OS_USERNAME'], key: 'username', about: 'who logs in' },
  userId: { option: ['os-user-id'], variables: ['OS_USER_ID'], key: 'user_id', about: 'the same by id' },
  password: { option: ['os-password'], variables: ['OS_PASSWORD'], key: 'password', about: 'better in OS_PASSWORD: others see command lines' },
  projectName: { option: ['os-project-name', 'os-tenant-name'], variables: ['OS_PROJECT_NAME', 'OS_TENANT_NAME'], key: 'project_name', about: 'in which project' },
  projectId: { option: ['os-project-id', 'os-tenant-id'], variables: ['OS_PROJECT_ID', 'OS_TENANT_ID'], key: 'project_id', about: 'the same by id' },
  userDomainName: { option: ['os-user-domain-name'], variables: ['OS_USER_DOMAIN_NAME'], key: 'user_domain_name', about: "the user's domain" },
  userDomainId: { option: ['os-user-domain-id'], variables: ['OS_USER_DOMAIN_ID'], key: 'user_domain_id', about: 'the same by id' },
  projectDomainName: { option: ['os-project-domain-name'], variables: ['OS_PROJECT_DOMAIN_NAME'], key: 'project_domain_name', about: "the project's domain" },
  projectDomainId: { option: ['os-project-domain-id'], variables: ['OS_PROJECT_DOMAIN_ID'], key: 'project_domain_id', about: 'the same by id' },
  regionName: { option: ['os-region-name'], variables: ['OS_REGION_NAME'], key: 'region_name', about: 'whose network API' },
  interface: { option: ['os-interface', 'os-endpoint-type'], variables: ['OS_INTERFACE', 'OS_ENDPOINT_TYPE'], key: 'interface', about: 'public, internal or admin' },
  endpoint: { option: ['os-endpoint', 'os-url'], variables: ['OS_ENDPOINT', 'OS_URL'], key: 'network_endpoint_override', about: 'the network API itself, without asking the catalogue' },
  token: { option: ['os-token'], variables: ['OS_TOKEN'], key: 'token', about: 'a token at hand, instead of user and password' },
  applicationCredentialId: { option: ['os-application-credential-id'], variables: ['OS_APPLICATION_CREDENTIAL_ID'], key: 'application_credential_id', about: 'an application credential, instead of user and password' },
  applicationCredentialName: { option: ['os-application-credential-name'], variables: ['OS_APPLICATION_CREDENTIAL_NAME'], key: 'application_credential_name', about: 'the same by name, with the user' },
  applicationCredentialSecret: { option: ['os-application-credential-secret'], variables: ['OS_APPLICATION_CREDENTIAL_SECRET'], key: 'application_credential_secret', about: 'its secret' },
  authType: { option: ['os-auth-type', 'os-auth-strategy'], variables: ['OS_AUTH_TYPE', 'OS_AUTH_STRATEGY'], key: 'auth_type', about: 'password, token, v3applicationcredential or none' },
  cacert: { option: ['os-cacert'], variables: ['OS_CACERT'], key: 'cacert', about: 'PEM file of further authorities to trust' },
  insecure: { option: ['insecure'], variables: ['OS_INSECURE'], key: 'insecure', about: 'accept any certificate' },
};

export const SETTINGS = Object.keys(LOGIN_SOURCES) as readonly Setting[];
