import { option } from '@neutrino/lib/conf/option';
import { bool, choice, choiceIgnoringCase, float, int, list, optional, port, str } from '@neutrino/lib/conf/option-types';
import { authUrlOption, certificateOptions, loginOptions, textOption } from './login-options.ts';

const withOlder = (name: 'username' | 'password' | 'project_name', older: string) => {
  const given = loginOptions[name];
  return option({ ...given, deprecated: [...(given.deprecated ?? []), older] });
};
const fragment = 'write auth_url instead';

/** [keystone_authtoken]: how callers' tokens are checked, and as whom the server itself logs in to Keystone. */
export const keystoneAuthtokenOptions = {
  www_authenticate_uri: textOption('Where callers without a token are sent. Default: auth_url.', { deprecated: ['auth_uri'] }),
  auth_url: option({ ...authUrlOption, deprecated: ['identity_uri'] }),
  auth_section: option({
    type: optional(str()),
    default: null,
    help: 'Another section that says where Keystone is and how the server logs in.',
    namesSectionOf: ['auth_url', ...Object.keys(loginOptions), 'auth_host', 'auth_port', 'auth_protocol', 'auth_admin_prefix', 'admin_token'],
  }),
  ...loginOptions,
  username: withOlder('username', 'admin_user'),
  password: withOlder('password', 'admin_password'),
  project_name: withOlder('project_name', 'admin_tenant_name'),
  interface: option({
    type: optional(choice(['public', 'internal', 'admin'])),
    default: null,
    help: 'Which of its endpoints in the catalog Keystone is asked about tokens at. Without this and region_name: auth_url.',
  }),
  region_name: textOption('Region of that endpoint.'),
  ...certificateOptions,
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
  memcache_secret_key: textOption('The secret for MAC and ENCRYPT.', { secret: true }),
  memcache_pool_socket_timeout: option({ type: float({ min: 0.001 }), default: 3, help: 'Seconds that an answer of memcached may take.' }),
  memcache_pool_dead_retry: option({ type: int({ min: 0 }), default: 300, help: 'Seconds for which a memcached that failed is left alone.' }),
  service_token_roles: option({ type: list(str()), default: ['service'], help: 'Roles of which a service token must have one.' }),
  service_token_roles_required: option({ type: bool(), default: false, help: 'Refuse service tokens without one of these roles.' }),
  service_type: textOption('What the server is in the catalog. Without it restricted application credentials are refused.'),
  enforce_token_bind: option({ type: str(), default: 'permissive', help: 'disabled: accept tokens that are bound to something (Keystone binds none since the Queens release).' }),
  auth_host: option({ type: optional(str()), default: null, help: 'Formerly: the host of auth_url.', deprecatedForRemoval: fragment }),
  auth_port: option({ type: port(), default: 35357, help: 'Formerly: the port of auth_url.', deprecatedForRemoval: fragment }),
  auth_protocol: option({ type: choice(['http', 'https']), default: 'https', help: 'Formerly: the protocol of auth_url.', deprecatedForRemoval: fragment }),
  auth_admin_prefix: option({ type: str(), default: '', help: 'Formerly: the path of auth_url.', deprecatedForRemoval: fragment }),
  admin_token: option({ type: optional(str()), default: null, secret: true, help: "Formerly: Keystone's own admin_token.", deprecatedForRemoval: 'write username and password instead' }),
};
