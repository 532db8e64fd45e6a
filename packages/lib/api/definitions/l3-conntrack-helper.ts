import type { ExtensionDeclaration } from '../attribute.ts';
import { toInteger, toPortProtocol, toText } from '../converters.ts';
import { defineExtension, idAttribute, projectAttribute } from '../define-extension.ts';
import { integer, oneOf, string } from '../validators.ts';
import { forwardedProtocols } from '../../net/ip-protocol.ts';

export const l3ConntrackHelper: ExtensionDeclaration = defineExtension({
  alias: 'l3-conntrack-helper',
  name: 'L3 Conntrack helper',
  description: 'Protocols that open further connections, such as FTP, understood by a router that lets them through.',
  updated: '2019-04-04T10:00:00-00:00',
  requires: ['router'],
  resources: [
    {
      collection: 'conntrack_helpers',
      resource: 'conntrack_helper',
      parent: { collection: 'routers', resource: 'router' },
      attributes: {
        id: idAttribute,
        tenant_id: { ...projectAttribute, isVisible: false, isFilter: false, isSortKey: false },
        protocol: {
          type: 'string', allowPost: true, allowPut: true, validate: oneOf(forwardedProtocols), convertTo: toPortProtocol, isVisible: true, isFilter: true, isSortKey: true,
          description: 'the protocol of the first connection, such as tcp',
        },
        port: { type: 'integer', allowPost: true, allowPut: true, validate: integer(1, 65_535), convertTo: toInteger, isVisible: true, isFilter: true, isSortKey: true, description: 'the port of the first connection' },
        helper: { type: 'string', allowPost: true, allowPut: true, validate: string(64), convertTo: toText, isVisible: true, isFilter: true, isSortKey: true, description: 'the helper, such as ftp' },
      },
    },
  ],
});
