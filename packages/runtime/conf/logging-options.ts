import { option, type Option } from '@neutrino/lib/conf/option';
import { bool, optional, str } from '@neutrino/lib/conf/option-types';

/** Options of [DEFAULT] that every program reads: where and how much it logs. */
export const loggingOptions: {
  readonly debug: Option<boolean>;
  readonly verbose: Option<boolean>;
  readonly log_file: Option<string | null>;
  readonly log_dir: Option<string | null>;
  readonly use_json: Option<boolean>;
} = {
  debug: option({ type: bool(), default: false, mutable: true, help: 'Log what is only of use to find a fault.' }),
  verbose: option({
    type: bool(),
    default: true,
    help: 'Formerly: log more than warnings.',
    deprecatedForRemoval: 'messages of level INFO are always logged; remove it',
  }),
  log_file: option({
    type: optional(str()),
    default: null,
    deprecated: ['logfile'],
    help: 'File to log to, relative to log_dir. Without it, and without log_dir, the log goes to standard error.',
  }),
  log_dir: option({
    type: optional(str()),
    default: null,
    deprecated: ['logdir'],
    help: 'Directory of log_file. Given alone, the file is named after the program.',
  }),
  use_json: option({ type: bool(), default: false, help: 'Log a JSON object a line, to files too; on standard error that is so wherever it is no terminal.' }),
};
