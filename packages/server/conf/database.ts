import { option } from '@neutrino/lib/conf/option';
import { int, optional, str } from '@neutrino/lib/conf/option-types';

/** [database]. */
export const databaseOptions = {
  connection: option({
    type: optional(str()),
    default: null,
    secret: true,
    deprecated: ['DEFAULT.sql_connection', 'DATABASE.sql_connection', 'sql.connection'],
    help:
      'The database as a URL: mysql+pymysql://neutron:password@controller/neutron (MariaDB), postgresql://neutron:password@controller/neutron, ' +
      'or sqlite:////var/lib/neutron/neutron.sqlite. Without it: SQLite in state_path.',
  }),
  max_pool_size: option({ type: int({ min: 0 }), default: 5, help: 'Connections of one process that are kept when there is nothing to do. 0: all that there ever were.' }),
  max_overflow: option({
    type: int({ min: -1 }),
    default: 50,
    deprecated: ['DEFAULT.sql_max_overflow', 'sqlalchemy_max_overflow'],
    help: 'How many more connections one process may have for a while. -1: any number.',
  }),
  pool_timeout: option({
    type: int({ min: 1 }),
    default: 30,
    deprecated: ['sqlalchemy_pool_timeout'],
    help: 'Seconds that a request waits for a free connection before it is answered 503.',
  }),
  connection_recycle_time: option({ type: int({ min: -1 }), default: 3600, help: 'Seconds after which a connection is closed rather than used again. -1: never.' }),
  max_retries: option({
    type: int({ min: -1 }),
    default: 10,
    deprecated: ['DEFAULT.sql_max_retries', 'sql_max_retries'],
    help: 'How often a database that is away is asked again when a program starts. -1: as often as it takes.',
  }),
  retry_interval: option({
    type: int({ min: 1 }),
    default: 10,
    deprecated: ['DEFAULT.sql_retry_interval', 'reconnect_interval'],
    help: 'Seconds between these.',
  }),
  mysql_sql_mode: option({ type: str(), default: 'TRADITIONAL', help: "MariaDB's sql_mode for the connections; nothing: what the server has. It is strict in any case." }),
  connection_debug: option({
    type: int({ min: 0, max: 100 }),
    default: 0,
    deprecated: ['DEFAULT.sql_connection_debug'],
    help: 'From 50 on every statement is logged with the time that it took, at 100 with its parameters too.',
  }),
};
