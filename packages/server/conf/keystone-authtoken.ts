import { option } from '@neutrino/lib/conf/option';
import { bool, choice, choiceIgnoringCase, float, int, list, optional, port, str } from '@neutrino/lib/conf/option-types';

const formerAdminPort = '35357';
const text = (help: string, more: { readonly deprecated?: readonly string[]; readonly secret?: boolean } = {}) => option({ type: optional(str()), default: null, help, ...more });
const fragment = 'write auth_url instead';

/** [keystone_authtoken]: how callers' tokens are checked, and as whom the server itself logs in to Keystone. */
export const keystoneAuthtokenOptions = {
  www_authenticate_uri: text('Where callers without a token are sent. Default: auth_url.', { deprecated: ['auth_uri'] }),
  auth_url: option({
    type: optional(str()),
    default: null,
    deprecated: ['identity_uri'],
    help: "Keystone's address.",
    outdatedValue: (url) =>
      url !== null && hasPort(url, formerAdminPort)
        ? `port ${formerAdminPort} is deprecated: Keystone answers on port 5000 alone since the Queens release; it is used as written`
        : undefined,
  }),
  auth_type: option({
    type: optional(choice(['password', 'v3password', 'v3applicationcredential', 'token', 'v3token', 'admin_token'])),
    default: null,
    deprecated: ['auth_plugin'],
    help: 'How the server logs in. Default: password.',
  }),
  auth_section: option({
    type: optional(str()),
    default: null,
    help: 'Another section that says where Keystone is and how the server logs in.',
    namesSectionOf: [
      'auth_type', 'auth_url', 'username', 'user_id', 'password', 'user_domain_name', 'user_domain_id', 'project_name', 'project_id', 'project_domain_name', 'project_domain_id',
      'default_domain_name', 'default_domain_id', 'domain_name', 'domain_id', 'system_scope', 'application_credential_id', 'application_credential_name',
      'application_credential_secret', 'token', 'auth_host', 'auth_port', 'auth_protocol', 'auth_admin_prefix', 'admin_token',
    ],
  }),
  username: text('The user that the server is.', { deprecated: ['user_name', 'user-name', 'admin_user'] }),
  user_id: text('The same by its id.'),
  password: text("That user's password.", { deprecated: ['admin_password'], secret: true }),
  user_domain_name: text("Name of the user's domain. Default: the domain with the id default."),
  user_domain_id: text("Id of the user's domain."),
  project_name: text('The project in which the server acts.', { deprecated: ['project-name', 'tenant_name', 'tenant-name', 'admin_tenant_name'] }),
  project_id: text('The same by its id.', { deprecated: ['project-id', 'tenant_id', 'tenant-id'] }),
  project_domain_name: text("Name of the project's domain. Default: the domain with the id default."),
  project_domain_id: text("Id of the project's domain."),
  default_domain_name: text('Name of the domain of user and project where they have none of their own here.'),
  default_domain_id: text('Id of that domain.'),
  domain_name: text('The domain in which the server acts, where that is no project.'),
  domain_id: text('The same by its id.'),
  system_scope: option({ type: optional(choice(['all'])), default: null, help: 'The server acts in the whole system rather than in a project.' }),
  application_credential_id: text('Of auth_type v3applicationcredential: the credential.'),
  application_credential_name: text("The same by its name; it is username's."),
  application_credential_secret: text("The credential's secret.", { secret: true }),
  token: text('Of auth_type token: a token to log in with; of admin_token: the one to work with.', { secret: true }),
  interface: option({
    type: optional(choice(['public', 'internal', 'admin'])),
    default: null,
    help: 'Which of its endpoints in the catalog Keystone is asked about tokens at. Without this and region_name: auth_url.',
  }),
  region_name: text('Region of that endpoint.'),
  cafile: text("File of PEM certificates to trust instead of the system's."),
  certfile: text("File of the server's own certificate, where Keystone asks for one."),
  keyfile: text('File of the key to it.'),
  insecure: option({ type: bool(), default: false, help: 'Accept any certificate.' }),
  http_connect_timeout: option({ type: optional(float({ min: 0.001 })), default: null, help: 'Seconds that an answer of Keystone may take. Default: 10.' }),
  http_request_max_retries: option({ type: int({ min: 0, max: 10 }), default: 3, help: 'How often a connection to Keystone that cannot be made is tried again.' }),
  token_cache_time: option({ type: int(), default: 300, help: 'Seconds for which a checked token is believed; -1: not at all.' }),
  memcached_servers: option({
    type: list(str()),
    default: [],
    deprecated: ['memcache_servers'],
    help: 'Where servers share what tokens proved to be: host:port.',
  }),
  memcache_security_strategy: option({
    type: choiceIgnoringCase(['None', 'MAC', 'ENCRYPT']),
    default: 'None',
    help: 'How that is guarded: against forgery (MAC), against reading too (ENCRYPT), or not at all.',
  }),
  memcache_secret_key: text('The secret for MAC and ENCRYPT.', { secret: true }),
  memcache_pool_socket_timeout: option({ type: float({ min: 0.001 }), default: 3, help: 'Seconds that an answer of memcached may take.' }),
  memcache_pool_dead_retry: option({ type: int({ min: 0 }), default: 300, help: 'Seconds for which a memcached that failed is left alone.' }),
  service_token_roles: option({ type: list(str()), default: ['service'], help: 'Roles of which a service token must have one.' }),
  service_token_roles_required: option({ type: bool(), default: false, help: 'Refuse service tokens without one of these roles.' }),
  service_type: text('What the server is in the catalog. Without it restricted application credentials are refused.'),
  enforce_token_bind: option({ type: str(), default: 'permissive', help: 'disabled: accept tokens that are bound to something (Keystone binds none since the Queens release).' }),
  auth_host: option({ type: optional(str()), default: null, help: 'Formerly: the host of auth_url.', deprecatedForRemoval: fragment }),
  auth_port: option({ type: port(), default: 35357, help: 'Formerly: the port of auth_url.', deprecatedForRemoval: fragment }),
  auth_protocol: option({ type: choice(['http', 'https']), default: 'https', help: 'Formerly: the protocol of auth_url.', deprecatedForRemoval: fragment }),
  auth_admin_prefix: option({ type: str(), default: '', help: 'Formerly: the path of auth_url.', deprecatedForRemoval: fragment }),
  admin_token: option({ type: optional(str()), default: null, secret: true, help: "Formerly: Keystone's own admin_token.", deprecatedForRemoval: 'write username and password instead' }),
};

function hasPort(url: string, wanted: string): boolean {
  return URL.canParse(url) && new URL(url).port === wanted;
}
