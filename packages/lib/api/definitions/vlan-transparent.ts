import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration } from '../attribute.ts';
import { toBoolean } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';
import { boolean } from '../validators.ts';

export const vlanTransparent: ExtensionDeclaration = defineExtension({
  alias: 'vlan-transparent',
  name: 'Vlantransparent',
  description: "Networks that let VLAN tags of the instances' own through.",
  updated: '2015-03-23T09:00:00-00:00',
  extends: {
    networks: {
      vlan_transparent: {
        type: 'boolean', allowPost: true, allowPut: false, default: ATTR_NOT_SPECIFIED, validate: boolean, convertTo: toBoolean, isVisible: true, isFilter: true,
        description: 'whether frames may carry VLAN tags of their own',
      },
    },
  },
});
