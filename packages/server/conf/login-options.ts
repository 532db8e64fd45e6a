import { option } from '@neutrino/lib/conf/option';
import { bool, choice, optional, str } from '@neutrino/lib/conf/option-types';

const formerAdminPort = '35357';

export const textOption = (help: string, more: { readonly deprecated?: readonly string[]; readonly secret?: boolean } = {}) => option({ type: optional(str()), default: null, help, ...more });

/** `auth_url` of a section that says where Keystone is. */
export const authUrlOption = option({
  type: optional(str()),
  default: null,
  help: "Keystone's address.",
  outdatedValue: (url) =>
    url !== null && hasPort(url, formerAdminPort)
      ? `port ${formerAdminPort} is deprecated: Keystone answers on port 5000 alone since the Queens release; it is used as written`
      : undefined,
});

/** How the server logs in to Keystone: the options of keystoneauth's plugins, in every section where it does. */
export const loginOptions = {
  auth_type: option({
    type: optional(choice(['password', 'v3password', 'v3applicationcredential', 'token', 'v3token', 'admin_token'])),
    default: null,
    deprecated: ['auth_plugin'],
    help: 'How the server logs in. Default: password.',
  }),
  username: textOption('The user that the server is.', { deprecated: ['user_name', 'user-name'] }),
  user_id: textOption('The same by its id.'),
  password: textOption("That user's password.", { secret: true }),
  user_domain_name: textOption("Name of the user's domain. Default: the domain with the id default."),
  user_domain_id: textOption("Id of the user's domain."),
  project_name: textOption('The project in which the server acts.', { deprecated: ['project-name', 'tenant_name', 'tenant-name'] }),
  project_id: textOption('The same by its id.', { deprecated: ['project-id', 'tenant_id', 'tenant-id'] }),
  project_domain_name: textOption("Name of the project's domain. Default: the domain with the id default."),
  project_domain_id: textOption("Id of the project's domain."),
  default_domain_name: textOption('Name of the domain of user and project where they have none of their own here.'),
  default_domain_id: textOption('Id of that domain.'),
  domain_name: textOption('The domain in which the server acts, where that is no project.'),
  domain_id: textOption('The same by its id.'),
  system_scope: option({ type: optional(choice(['all'])), default: null, help: 'The server acts in the whole system rather than in a project.' }),
  application_credential_id: textOption('Of auth_type v3applicationcredential: the credential.'),
  application_credential_name: textOption("The same by its name; it is username's."),
  application_credential_secret: textOption("The credential's secret.", { secret: true }),
  token: textOption('Of auth_type token: a token to log in with; of admin_token: the one to work with.', { secret: true }),
};

/** Of a section with whose services the server may speak TLS. */
export const certificateOptions = {
  cafile: textOption("File of PEM certificates to trust instead of the system's."),
  certfile: textOption("File of the server's own certificate, where it is asked for one."),
  keyfile: textOption('File of the key to it.'),
  insecure: option({ type: bool(), default: false, help: 'Accept any certificate.' }),
};

function hasPort(url: string, wanted: string): boolean {
  return URL.canParse(url) && new URL(url).port === wanted;
}
