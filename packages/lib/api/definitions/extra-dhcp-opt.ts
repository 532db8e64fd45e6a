import type { ExtensionDeclaration, Validator } from '../attribute.ts';
import { inEachObject, nullToEmptyList, toInteger } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';
import { line, listOf, objectOf, oneOf, orNull } from '../validators.ts';

/** Empty for options that only forbid what the network announces: `router` with no value. */
const optionValue: Validator = (value) => (value === '' ? undefined : line(255)(value));

export const extraDhcpOpt: ExtensionDeclaration = defineExtension({
  alias: 'extra_dhcp_opt',
  name: 'Neutron Extra DHCP options',
  description: 'DHCP options of single ports.',
  updated: '2013-03-17T12:00:00-00:00',
  extends: {
    ports: {
      extra_dhcp_opts: {
        type: 'array', allowPost: true, allowPut: true, default: null,
        validate: orNull(
          listOf(
            objectOf({
              // What goes into dnsmasq's own file must stay on its line.
              opt_name: { validate: line(64), required: true },
              // null takes the option away.
              opt_value: { validate: orNull(optionValue), required: true },
              ip_version: { validate: oneOf([4, 6]) },
            }),
          ),
        ),
        convertTo: (value) => inEachObject({ ip_version: toInteger })(nullToEmptyList(value)),
        isVisible: true, description: 'objects of opt_name, opt_value and ip_version',
      },
    },
  },
});
