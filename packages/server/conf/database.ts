import { option } from '@neutrino/lib/conf/option';
import { optional, str } from '@neutrino/lib/conf/option-types';

/** [database]. */
export const databaseOptions = {
  connection: option({
    type: optional(str()),
    default: null,
    secret: true,
    deprecated: ['DEFAULT.sql_connection', 'DATABASE.sql_connection', 'sql.connection'],
    help: 'The database as a URL, such as sqlite:////var/lib/neutron/neutron.sqlite. Without it: SQLite in state_path.',
  }),
};
