import { ATTR_NOT_SPECIFIED, type ExtensionDeclaration } from '../attribute.ts';
import { inEachObject, toIntegerOrNull } from '../converters.ts';
import { defineExtension } from '../define-extension.ts';
import { integer, listOf, objectOf, orNull, string } from '../validators.ts';

export const multiProvider: ExtensionDeclaration = defineExtension({
  alias: 'multi-provider',
  name: 'Multi Provider Network',
  description: 'Networks of several segments.',
  updated: '2013-06-27T10:00:00-00:00',
  extends: {
    networks: {
      segments: {
        type: 'array', allowPost: true, allowPut: true, default: ATTR_NOT_SPECIFIED,
        validate: listOf(
          objectOf({
            'provider:network_type': { validate: orNull(string(32)) },
            'provider:physical_network': { validate: orNull(string(64)) },
            'provider:segmentation_id': { validate: orNull(integer()) },
          }),
        ),
        convertTo: inEachObject({ 'provider:segmentation_id': toIntegerOrNull }), isVisible: true, enforcePolicy: true,
        description: 'objects of provider:network_type, provider:physical_network and provider:segmentation_id',
      },
    },
  },
});
