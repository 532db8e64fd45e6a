import { option } from '@neutrino/lib/conf/option';
import { bool, int, list, str } from '@neutrino/lib/conf/option-types';

const words = (help: string, values: readonly string[]) => option({ type: list(str()), default: values, help });

/** [cors]: which web pages of elsewhere may use the API from a browser. */
export const corsOptions = {
  allowed_origin: words('Where those pages are from, such as https://horizon.example.com, without a slash at the end; * for anywhere. Empty: none may.', []),
  allow_credentials: option({ type: bool(), default: true, help: 'Whether they may send cookies and the like.' }),
  expose_headers: words('Headers of answers that they may see.', ['X-Auth-Token', 'X-Subject-Token', 'X-Service-Token', 'X-OpenStack-Request-ID', 'OpenStack-Volume-microversion']),
  max_age: option({ type: int({ min: 0 }), default: 3600, help: 'Seconds for which a browser may remember this.' }),
  allow_methods: words('Methods that they may use.', ['GET', 'PUT', 'POST', 'DELETE', 'PATCH']),
  allow_headers: words('Headers that they may send, besides harmless ones.', ['X-Auth-Token', 'X-Identity-Status', 'X-Roles', 'X-Service-Catalog', 'X-User-Id', 'X-Tenant-Id', 'X-OpenStack-Request-ID']),
};
