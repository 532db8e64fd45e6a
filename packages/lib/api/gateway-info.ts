import { isJsonObject, type Json } from '../json.ts';
import type { Converter, Validator } from './attribute.ts';
import { toBoolean } from './converters.ts';
import { fixedIps, toFixedIps } from './fixed-ips.ts';
import { boolean, listOf, nullable, objectOf, uuid, type Member } from './validators.ts';

/** A router's gateway as requests give it: `network_id`, `external_fixed_ips`, and what extensions add. */
export function gatewayInfo(more: Readonly<Record<string, Member>> = {}): Validator {
  return objectOf({ network_id: { validate: uuid, required: true }, external_fixed_ips: { validate: fixedIps }, ...more });
}

export const enableSnat: Readonly<Record<string, Member>> = { enable_snat: { validate: boolean } };

const listOfGateways = listOf(gatewayInfo(enableSnat), { maximum: 100 });

/** Several of them; null and an empty object say as much as an empty list. */
export const gatewayInfos: Validator = Object.assign(
  (value: Json) => (value === null || (isJsonObject(value) && Object.keys(value).length === 0) ? undefined : listOfGateways(value)),
  { ...(listOfGateways.schema !== undefined && { schema: nullable(listOfGateways.schema) }) },
);

/** An empty object says as much as null. */
export const toGatewayInfo: Converter = (value) => {
  if (!isJsonObject(value)) return value;
  if (Object.keys(value).length === 0) return null;
  const { external_fixed_ips: addresses, enable_snat: snat } = value;
  return {
    ...value,
    ...(addresses !== undefined && { external_fixed_ips: toFixedIps(addresses) }),
    ...(snat !== undefined && boolean(snat) === undefined && { enable_snat: toBoolean(snat) }),
  };
};
