import { option } from '@neutrino/lib/conf/option';
import { bool, choice, list, optional, str } from '@neutrino/lib/conf/option-types';

/** [healthcheck]: what /healthcheck looks at, for load balancers. */
export const healthcheckOptions = {
  backends: option({
    type: list(choice(['disable_by_file', 'disable_by_files_ports', 'database'])),
    default: ['disable_by_file'] as const,
    help: 'What is looked at: a file by which an operator takes the server out; the same for its port; whether the database answers.',
  }),
  disable_by_file_path: option({ type: optional(str()), default: '/etc/neutron/healthcheck_disable', help: 'While this file is there the server says that it is out of service.' }),
  disable_by_file_paths: option({ type: list(str()), default: [], help: 'Such files by the port of the server: 9696:/etc/neutron/out_9696.' }),
  detailed: option({ type: bool(), default: false, help: 'Say more than is needed, such as the path of the file.' }),
};
