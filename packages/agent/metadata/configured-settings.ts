import type { MetadataConfig } from '../conf/sections.ts';
import { type MetadataSettings, SOCKET_MODES } from './metadata-settings.ts';

/** The agent's settings as its configuration files have them. */
export function configuredMetadataSettings({ DEFAULT: conf, agent }: MetadataConfig): MetadataSettings {
  const mode = conf.metadata_proxy_socket_mode;
  return {
    metadataProxySocket: conf.metadata_proxy_socket,
    // The proxies run with the DHCP agent, as the same user as this agent.
    socketMode: SOCKET_MODES[mode === 'deduce' ? 'user' : mode],
    backlog: conf.metadata_backlog,
    nova: {
      protocol: conf.nova_metadata_protocol,
      host: conf.nova_metadata_host,
      port: conf.nova_metadata_port,
      insecure: conf.nova_metadata_insecure,
      caCertificate: conf.auth_ca_cert,
      clientCertificate: conf.nova_client_cert,
      clientKey: conf.nova_client_priv_key,
    },
    sharedSecret: conf.metadata_proxy_shared_secret,
    logAgentHeartbeats: agent.log_agent_heartbeats,
  };
}
