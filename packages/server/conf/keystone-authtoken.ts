import { option } from '@neutrino/lib/conf/option';
import { bool, choice, int, list, optional, str } from '@neutrino/lib/conf/option-types';

const formerAdminPort = '35357';

/** [keystone_authtoken]: how callers' tokens are checked, and as whom the server itself logs in to Keystone. */
export const keystoneAuthtokenOptions = {
  www_authenticate_uri: option({
    type: optional(str()),
    default: null,
    deprecated: ['auth_uri'],
    help: 'Where callers without a token are sent. Default: auth_url.',
  }),
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
    type: optional(choice(['password', 'v3password'])),
    default: null,
    deprecated: ['auth_plugin'],
    help: 'How the server logs in.',
  }),
  username: option({ type: optional(str()), default: null, deprecated: ['user_name', 'user-name', 'admin_user'], help: 'The user that the server is.' }),
  password: option({ type: optional(str()), default: null, deprecated: ['admin_password'], secret: true, help: 'That user\'s password.' }),
  user_domain_name: option({ type: optional(str()), default: null, help: "Name of the user's domain." }),
  user_domain_id: option({ type: optional(str()), default: null, help: "Id of the user's domain." }),
  project_name: option({
    type: optional(str()),
    default: null,
    deprecated: ['project-name', 'tenant_name', 'tenant-name', 'admin_tenant_name'],
    help: 'The project in which the server acts.',
  }),
  project_domain_name: option({ type: optional(str()), default: null, help: "Name of the project's domain." }),
  project_domain_id: option({ type: optional(str()), default: null, help: "Id of the project's domain." }),
  cafile: option({ type: optional(str()), default: null, help: 'File of PEM certificates to trust instead of the system\'s.' }),
  insecure: option({ type: bool(), default: false, help: 'Accept any certificate.' }),
  token_cache_time: option({ type: int(), default: 300, help: 'Seconds for which a checked token is believed; -1: not at all.' }),
  service_token_roles: option({ type: list(str()), default: ['service'], help: 'Roles of which a service token must have one.' }),
  service_token_roles_required: option({ type: bool(), default: false, help: 'Refuse service tokens without one of these roles.' }),
};

function hasPort(url: string, port: string): boolean {
  return URL.canParse(url) && new URL(url).port === port;
}
