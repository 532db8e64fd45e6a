import { option } from '@neutrino/lib/conf/option';
import { choice, float, optional, str } from '@neutrino/lib/conf/option-types';
import { authUrlOption, certificateOptions, loginOptions, textOption } from './login-options.ts';

/** [nova]: as whom, and where, Nova is told of what happens to the ports of its instances. */
export const novaOptions = {
  auth_url: option({ ...authUrlOption, help: "Keystone's address. Without it Nova is told nothing." }),
  auth_section: option({
    type: optional(str()),
    default: null,
    help: 'Another section that says where Keystone is and how the server logs in.',
    namesSectionOf: ['auth_url', ...Object.keys(loginOptions), 'trust_id', 'endpoint'],
  }),
  ...loginOptions,
  trust_id: textOption('The trust by which the server acts for another user.'),
  endpoint: textOption("Of auth_type admin_token: Nova's address, as there is no catalog then."),
  region_name: textOption("Nova's region in the catalog. Default: any."),
  endpoint_type: option({ type: choice(['public', 'admin', 'internal']), default: 'public', help: "Which of Nova's endpoints in the catalog is used." }),
  ...certificateOptions,
  timeout: option({ type: optional(float({ min: 0.001 })), default: null, help: 'Seconds that an answer of Nova or Keystone may take. Default: 30.' }),
};
