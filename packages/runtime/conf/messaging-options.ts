import { defineSections, option, type ConfigValues, type Option } from '@neutrino/lib/conf/option';
import { bool, choice, choiceIgnoringCase, float, int, optional, str } from '@neutrino/lib/conf/option-types';

/** Options of [DEFAULT] that every program reads which talks to others. */
export const messagingOptions: {
  readonly transport_url: Option<string | null>;
  readonly control_exchange: Option<string>;
  readonly rpc_response_timeout: Option<number>;
  readonly executor_thread_pool_size: Option<number>;
} = {
  transport_url: option({
    type: optional(str()),
    default: null,
    secret: true,
    help: 'Message broker between server and agents: rabbit://user:password@host:port,user:password@host:port/virtual_host?option=value, the options those of [oslo_messaging_rabbit].',
  }),
  control_exchange: option({ type: str(), default: 'neutron', help: 'Exchange of the broker by which requests go.' }),
  rpc_response_timeout: option({ type: int({ min: 1 }), default: 60, help: 'Seconds to wait for an answer.' }),
  executor_thread_pool_size: option({
    type: int({ min: 1 }),
    default: 64,
    deprecated: ['rpc_thread_pool_size'],
    help: 'Requests of one kind that are worked on at once.',
  }),
};

/** [oslo_messaging_rabbit]. What a queue is declared with must be what the other programs declare it with: the broker refuses it otherwise. */
export const rabbitOptions = {
  ssl: option({ type: bool(), default: false, deprecated: ['rabbit_use_ssl'], help: 'Speak TLS with the broker.' }),
  ssl_version: option({
    type: choiceIgnoringCase(['', 'SSLv23', 'TLSv1', 'TLSv1_1', 'TLSv1_2']),
    default: '',
    deprecated: ['kombu_ssl_version'],
    help: 'This version of TLS only; nothing or SSLv23: the newest that both sides have.',
  }),
  ssl_ca_file: option({
    type: str(),
    default: '',
    deprecated: ['kombu_ssl_ca_certs'],
    help: "File of PEM certificates, one of which must have signed the broker's. Without it the broker's certificate is not checked.",
  }),
  ssl_cert_file: option({ type: str(), default: '', deprecated: ['kombu_ssl_certfile'], help: 'File of the PEM certificate that the broker is shown.' }),
  ssl_key_file: option({ type: str(), default: '', deprecated: ['kombu_ssl_keyfile'], help: 'File of the PEM key of ssl_cert_file.' }),
  ssl_enforce_hostname_verification: option({
    type: bool(),
    default: false,
    help: "With ssl_ca_file: the broker's certificate must also bear the name by which it is reached.",
  }),
  ssl_enforce_fips_mode: option({ type: bool(), default: false, help: "With ssl: use nothing but what OpenSSL's FIPS provider has; without that provider nothing starts." }),
  rabbit_login_method: option({
    type: choice(['PLAIN', 'AMQPLAIN']),
    default: 'AMQPLAIN',
    deprecated: ['DEFAULT.rabbit_login_method'],
    help: 'Formerly: how name and password are written when logging in.',
    deprecatedForRemoval: 'they are sent as PLAIN, which every broker takes; remove it',
  }),
  kombu_failover_strategy: option({
    type: choice(['round-robin', 'shuffle']),
    default: 'round-robin',
    help: 'Order in which several brokers are tried: as they come, from a random one on; or at random.',
  }),
  kombu_compression: option({
    type: optional(choice(['gzip', 'zlib', 'zstd'])),
    default: null,
    help: 'How messages are compressed. Those that come are read however they are compressed.',
  }),
  kombu_reconnect_delay: option({
    type: float({ min: 0, max: 4.5 }),
    default: 1,
    deprecated: ['DEFAULT.kombu_reconnect_delay'],
    help: 'Seconds between the loss of a connection, or of a queue, and the first attempt to have it again.',
  }),
  rabbit_retry_interval: option({ type: int({ min: 0 }), default: 1, help: 'Seconds before the brokers are tried again.' }),
  rabbit_retry_backoff: option({
    type: int({ min: 0 }),
    default: 2,
    deprecated: ['DEFAULT.rabbit_retry_backoff'],
    help: 'Seconds by which that grows each time.',
  }),
  rabbit_interval_max: option({ type: int({ min: 1 }), default: 30, help: 'Seconds to which it grows at most; while no broker answers at all, it is 5 or less.' }),
  heartbeat_timeout_threshold: option({ type: int({ min: 0 }), default: 60, help: 'Seconds of silence after which a connection is dead, if the broker does not ask for fewer; 0: as the broker has it.' }),
  amqp_durable_queues: option({ type: bool(), default: false, help: 'Queues and exchanges outlive a restart of the broker.' }),
  amqp_auto_delete: option({
    type: bool(),
    default: false,
    deprecated: ['DEFAULT.amqp_auto_delete'],
    help: 'Queues and exchanges go with the last program that uses them.',
  }),
  rabbit_quorum_queue: option({ type: bool(), default: false, help: 'Queues are quorum queues, which several brokers hold.' }),
  rabbit_quorum_delivery_limit: option({ type: int({ min: 0 }), default: 0, help: 'Deliveries of one message of a quorum queue before it is dropped; 0: no limit.' }),
  rabbit_quroum_max_memory_length: option({ type: int({ min: 0 }), default: 0, help: 'Messages of a quorum queue in memory; 0: no limit.' }),
  rabbit_quroum_max_memory_bytes: option({ type: int({ min: 0 }), default: 0, help: 'Bytes of a quorum queue in memory; 0: no limit.' }),
  rabbit_ha_queues: option({
    type: bool(),
    default: false,
    deprecated: ['DEFAULT.rabbit_ha_queues'],
    help: 'Declare queues with x-ha-policy, which brokers before 3.0 needed for mirrored queues.',
  }),
  rabbit_transient_queues_ttl: option({ type: int({ min: 1 }), default: 1800, help: 'Seconds after which the broker drops the queue of a program that is gone.' }),
  rabbit_qos_prefetch_count: option({
    type: int({ min: 0, max: 65_535 }),
    default: 0,
    help: 'Messages that the broker sends ahead of those worked on; 0: as many as are worked on at once.',
  }),
  kombu_missing_consumer_retry_timeout: option({
    type: int({ min: 0 }),
    default: 60,
    deprecated: ['kombu_reconnect_timeout'],
    help: 'Seconds for which an answer is kept for an asker whose queue is missing.',
  }),
  enable_cancel_on_failover: option({ type: bool(), default: false, help: 'Be told when the broker of a mirrored queue changes, and ask anew.' }),
};

export const messagingSections = defineSections({ DEFAULT: messagingOptions, oslo_messaging_rabbit: rabbitOptions });
/** What `openTransport` needs of a program's configuration. */
export type MessagingConfig = ConfigValues<typeof messagingSections>;
