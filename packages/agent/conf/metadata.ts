import { option } from '@neutrino/lib/conf/option';
import { bool, choice, hostAddress, int, optional, port, str } from '@neutrino/lib/conf/option-types';

/** What [DEFAULT] tells the metadata agent besides what it tells every agent. */
export const metadataOptions = {
  nova_metadata_host: option({ type: hostAddress(), default: '127.0.0.1', deprecated: ['nova_metadata_ip'], help: "Host of Nova's metadata service." }),
  nova_metadata_port: option({ type: port(), default: 8775, help: "Port of Nova's metadata service." }),
  nova_metadata_protocol: option({ type: choice(['http', 'https']), default: 'http', help: "How Nova's metadata service is spoken to." }),
  nova_metadata_insecure: option({ type: bool(), default: false, help: "Do not verify the certificate of Nova's metadata service." }),
  auth_ca_cert: option({ type: optional(str()), default: null, help: 'File of PEM certificates to trust instead of the system\'s.' }),
  nova_client_cert: option({ type: optional(str()), default: null, help: 'Client certificate for Nova, a PEM file.' }),
  nova_client_priv_key: option({ type: optional(str()), default: null, help: 'Key of that certificate, a PEM file.' }),
  metadata_proxy_shared_secret: option({ type: str(), default: '', secret: true, help: 'Secret shared with Nova, which signs instances\' ids.' }),
  metadata_proxy_socket: option({ type: str(), default: '$state_path/metadata_proxy', help: 'Socket on which the agent answers.' }),
  metadata_proxy_socket_mode: option({
    type: choice(['deduce', 'user', 'group', 'all']),
    default: 'deduce',
    help: 'Who may connect to the socket: its owner (user), also its group (group), anybody (all); deduce: its owner.',
  }),
  metadata_backlog: option({ type: int({ min: 1 }), default: 4096, help: 'Connections that may wait to be accepted.' }),
};
