import type { Validator } from './attribute.ts';
import { ipAddress, listOf, objectOf, routeCidr } from './validators.ts';

/** Routes: each a `destination` without host bits and a `nexthop`, none twice. */
export const hostRoutes: Validator = listOf(
  objectOf({ destination: { validate: routeCidr, required: true }, nexthop: { validate: ipAddress, required: true } }),
  { unique: true },
);
