import { option } from '@neutrino/lib/conf/option';
import { hostAddress, port } from '@neutrino/lib/conf/option-types';

/** [metrics], which Neutron does not have. */
export const metricsOptions = {
  bind_host: option({ type: hostAddress(), default: '127.0.0.1', help: 'Address on which metrics are served. They are for operators: whoever reaches it may read them.' }),
  bind_port: option({ type: port(), default: 0, help: 'TCP port on which metrics are served at /metrics, in the format of Prometheus. 0: nowhere.' }),
};
