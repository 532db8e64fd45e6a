import type { Json, JsonObject } from '../json.ts';

/**
 * The messaging contract that both transports (in-process, RabbitMQ) implement. The semantics are
 * oslo.messaging's: a *topic* is a shared work queue, `topic` + `server` one server's own queue, and
 * `fanout` a copy to every listener of the topic.
 */
export interface Target {
  readonly topic: string;
  readonly server?: string;
  readonly fanout?: boolean;
  /** The version the caller asks for, "major.minor". A listener serves it when its major is equal and its minor not lower. */
  readonly version?: string;
}

/** The request context that travels with a message: oslo.context's keys (user_id, project_id, is_admin, request_id, …). */
export type MessageContext = JsonObject;

export interface CallOptions {
  /** Milliseconds until the call fails with MessagingTimeout. Default 60 000 (`rpc_response_timeout`). */
  readonly timeoutMs?: number;
}

/** A method that peers can call. It gets JSON and returns JSON; what it throws reaches the caller as a RemoteError. */
export type RpcMethod = (context: MessageContext, args: JsonObject) => Promise<Json | undefined> | Json | undefined;

/** The methods of one interface at one version; several endpoints of one topic may have several versions. */
export interface Endpoint {
  /** "major.minor", the newest that is served. */
  readonly version: string;
  readonly methods: Readonly<Record<string, RpcMethod>>;
}

export interface Listener extends AsyncDisposable {
  readonly topic: string;
}

export interface ListenOptions {
  readonly topic: string;
  /** This listener's name on the topic (the host name). */
  readonly server: string;
  readonly endpoints: readonly Endpoint[];
  /** Hear only what is addressed to `server`: nothing of what the topic's listeners share, or what is sent to all of them. Default: false. */
  readonly addressedOnly?: boolean;
  /** Called when messages may have been lost, and are heard again: a broker was away. Whoever follows something by messages looks at it anew. */
  readonly onGap?: () => void;
}

/** One connection of one process to the bus. Disposing it stops its listeners and fails its waiting calls. */
export interface Transport extends AsyncDisposable {
  /** Sends a request and waits for its answer. Rejects with MessagingTimeout, RemoteError, UnsupportedVersion or TransportClosed. */
  call(context: MessageContext, target: Target, method: string, args: JsonObject, options?: CallOptions): Promise<Json>;
  /** Sends without waiting for an answer; resolves when the transport has taken the message. Used for fanout too. */
  cast(context: MessageContext, target: Target, method: string, args: JsonObject): Promise<void>;
  /** Starts serving; resolves when messages sent from now on will reach the endpoints. */
  listen(options: ListenOptions): Promise<Listener>;
}

export class MessagingTimeout extends Error {
  override readonly name = 'MessagingTimeout';
}

export class TransportClosed extends Error {
  override readonly name = 'TransportClosed';
}

/** No listener serves this method at this version. */
export class UnsupportedVersion extends Error {
  override readonly name = 'UnsupportedVersion';
}

/**
 * The remote method threw. `remoteType` is the class name there, e.g. "NetworkNotFound"; `remoteModule`, known of Python programs
 * alone, its module: "neutron_lib.exceptions".
 */
export class RemoteError extends Error {
  override readonly name = 'RemoteError';
  readonly remoteType: string;
  readonly remoteModule: string | undefined;

  constructor(remoteType: string, message: string, remoteModule?: string) {
    super(message);
    this.remoteType = remoteType;
    this.remoteModule = remoteModule;
  }
}
