import { defineSections, option, type ConfigValues } from '@neutrino/lib/conf/option';
import { bool, list, optional, str } from '@neutrino/lib/conf/option-types';

const text = (help: string, deprecated: readonly string[] = []) => option({ type: optional(str()), default: null, deprecated, help });

/** [neutron], as Nova and others have it: how a client of the network API logs in. */
export const neutronSections = defineSections({
  neutron: {
    auth_url: text("Keystone's address."),
    auth_type: text('How the client logs in; password is the way there is.', ['auth_plugin']),
    username: text('Who logs in.', ['user_name', 'user-name', 'admin_username']),
    password: option({ type: optional(str()), default: null, secret: true, deprecated: ['admin_password'], help: 'Their password.' }),
    user_domain_name: text("Name of the user's domain."),
    user_domain_id: text("Id of the user's domain."),
    project_name: text('The project in which they act.', ['project-name', 'tenant-name', 'tenant_name', 'admin_tenant_name']),
    project_id: text('Its id instead.', ['project-id', 'tenant-id', 'tenant_id']),
    project_domain_name: text("Name of the project's domain."),
    project_domain_id: text("Id of the project's domain."),
    region_name: text('Whose network API is used.'),
    endpoint_override: text('The network API itself, whatever the catalogue says.', ['url']),
    valid_interfaces: option({ type: list(str()), default: [], help: 'Which endpoint of the catalogue: public, internal or admin; the first that there is.' }),
    cafile: text("File of PEM certificates to trust besides the system's."),
    insecure: option({ type: bool(), default: false, help: 'Accept any certificate.' }),
  },
});

export type NeutronSection = ConfigValues<typeof neutronSections>['neutron'];
