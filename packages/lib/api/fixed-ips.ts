import type { Json } from '../json.ts';
import { isJsonObject } from '../json.ts';
import type { Converter, Validator } from './attribute.ts';
import { inEachObject, nullToEmptyList, show, toIp } from './converters.ts';
import { allOf, ipAddress, listOf, objectOf, uuid } from './validators.ts';

/** An address is given once; a subnet may give several. */
const uniqueAddresses: Validator = (value) => {
  const addresses = Array.isArray(value) ? value.flatMap((item: Json) => (isJsonObject(item) && item['ip_address'] !== undefined ? [toIp(item['ip_address'])] : [])) : [];
  const repeated = addresses.find((address, index) => addresses.indexOf(address) < index);
  return repeated === undefined ? undefined : `Duplicate IP address '${show(repeated)}'`;
};

/** Each is an object. */
const listOfObjects: Validator = (value) => {
  const wrong = Array.isArray(value) ? value.find((item: Json) => !isJsonObject(item)) : value;
  return wrong === undefined ? undefined : `Invalid data format for fixed IP: '${show(wrong as Json)}'`;
};

/** Addresses asked for: a list of objects of `ip_address` and `subnet_id`, either of which may be left out. */
export const fixedIps: Validator = allOf(listOfObjects, listOf(objectOf({ ip_address: { validate: ipAddress }, subnet_id: { validate: uuid } })), uniqueAddresses);

export const toFixedIps: Converter = (value) => inEachObject({ ip_address: toIp })(nullToEmptyList(value));
