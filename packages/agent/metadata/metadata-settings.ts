import { join } from 'node:path';

/** The options of `metadata_agent.ini`, by their meaning. */
export interface MetadataSettings {
  /** Path of the unix socket on which proxies in namespaces reach the agent. */
  readonly metadataProxySocket: string;
  /** Permissions of the socket, e.g. 0o644: who but its owner may connect. */
  readonly socketMode: number;
  /** `metadata_backlog`. */
  readonly backlog: number;
  readonly nova: NovaMetadataAddress;
  /** Signs the instance's id for Nova. */
  readonly sharedSecret: string;
  readonly logAgentHeartbeats: boolean;
}

export interface NovaMetadataAddress {
  readonly protocol: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** Do not verify Nova's certificate. */
  readonly insecure: boolean;
  /** Paths of PEM files; null for none. */
  readonly caCertificate: string | null;
  readonly clientCertificate: string | null;
  readonly clientKey: string | null;
}

/** `metadata_proxy_socket_mode`, as permissions. */
export const SOCKET_MODES = { user: 0o644, group: 0o664, all: 0o666 } as const;

/** The options' defaults. */
export function defaultMetadataSettings(stateDirectory: string): MetadataSettings {
  return {
    metadataProxySocket: join(stateDirectory, 'metadata_proxy'),
    socketMode: SOCKET_MODES.user,
    backlog: 4096,
    nova: { protocol: 'http', host: '127.0.0.1', port: 8775, insecure: false, caCertificate: null, clientCertificate: null, clientKey: null },
    sharedSecret: '',
    logAgentHeartbeats: false,
  };
}
