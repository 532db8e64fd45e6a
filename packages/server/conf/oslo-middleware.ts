import { option } from '@neutrino/lib/conf/option';
import { bool, int, optional } from '@neutrino/lib/conf/option-types';

/** [oslo_middleware]. */
export const osloMiddlewareOptions = {
  enable_proxy_headers_parsing: option({
    type: bool(),
    default: false,
    help: 'A proxy stands before the server: what it says of the address that clients use (Forwarded, X-Forwarded-Proto, -Host and -Prefix) goes into links.',
  }),
  max_request_body_size: option({
    type: optional(int({ min: 1 })),
    default: null,
    deprecated: ['DEFAULT.osapi_max_request_body_size', 'DEFAULT.max_request_body_size'],
    help: 'Most bytes of a request body. Default: 1048576.',
  }),
};
