import type { ExtensionDeclaration } from '../attribute.ts';
import { inEachObject, nullToEmptyList, toInteger } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';
import { allOf, listOf, objectOf, oneOf, orNull, string } from '../validators.ts';

export const extraDhcpOpt: ExtensionDeclaration = defineExtension({
  alias: 'extra_dhcp_opt',
  name: 'Extra DHCP Options',
  description: 'DHCP options of single ports.',
  updated: '2013-03-17T12:00:00-00:00',
  extends: {
    ports: {
      extra_dhcp_opts: {
        type: 'array', allowPost: true, allowPut: true, default: null,
        validate: orNull(
          listOf(
            objectOf({
              opt_name: { validate: allOf(string(64), (value) => (value === '' ? 'an option needs a name' : undefined)), required: true },
              // null takes the option away; text with a line break would be lines of dnsmasq's own file.
              opt_value: { validate: orNull(allOf(string(255), (value) => (/[\r\n\0]/.test(String(value)) ? 'a line break is not allowed' : undefined))), required: true },
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
