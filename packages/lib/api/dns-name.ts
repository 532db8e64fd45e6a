import { InvalidInput } from '../exceptions/generic.ts';
import { NeutronError } from '../exceptions/neutron-error.ts';
import type { Converter, Validator } from './attribute.ts';
import { show } from './converters.ts';
import { allOf, string } from './validators.ts';

/** Longest name with all its labels, in characters. */
export const longestName = 255;

/** What is longer than this is not looked at. */
const longestRequest = 4096;

/** RFC 1123, section 2.1; the keywords stand for who asks, in domains of networks. */
const LABEL = /^([a-z0-9-]{1,63}|<project_id>|<project_name>|<user_name>|<user_id>)$/i;

/** A name with or without its domain, or nothing; a period at its end says that it is whole (RFC 1034, section 3.1). */
export const dnsName: Validator = allOf(string(longestRequest), (value) => {
  const name = String(value);
  if (name === '') return undefined;
  const wrong = wrongName(name);
  return wrong === undefined ? undefined : `'${show(name)}' not a valid PQDN or FQDN. Reason: ${wrong}`;
});

/** A whole name, short enough for another label before it, or nothing. */
export const dnsDomain: Validator = allOf(
  string(longestRequest),
  (value) => (value === '' || String(value).endsWith('.') ? undefined : `'${show(value)}' is not a FQDN`),
  dnsName,
  (value) => {
    const { length } = String(value);
    if (length <= longestName - 2) return undefined;
    return `'${show(value)}' contains ${length} characters. Adding a sub-domain will cause it to exceed the maximum length of a FQDN of '${longestName}'`;
  },
);

/** A name within a domain that is given beside it, or nothing. */
export const relativeDnsName: Validator = allOf(
  string(longestRequest),
  (value) => (String(value).endsWith('.') ? `'${show(value)}' is a FQDN. It should be a relative domain name` : undefined),
  dnsName,
  (value) => {
    const { length } = String(value);
    if (length <= longestName - 3) return undefined;
    return `'${show(value)}' contains ${length} characters. Adding a domain name will cause it to exceed the maximum length of a FQDN of '${longestName}'`;
  },
);

/** Names are the same in any case. */
export const toLowerCase: Converter = (value) => {
  if (typeof value !== 'string') throw new NeutronError(InvalidInput, { error_message: `Input value ${show(value)} must be string type` });
  return value.toLowerCase();
};

function wrongName(name: string): string | undefined {
  const trimmed = name.endsWith('.') ? name.slice(0, -1) : name;
  if (name.length > longestName) return `'${show(trimmed)}' exceeds the ${longestName} character FQDN limit`;
  const labels = trimmed.split('.');
  for (const label of labels) {
    if (label === '') return 'Encountered an empty component';
    if (label.startsWith('-') || label.endsWith('-')) return `Name '${show(label)}' must not start or end with a hyphen`;
    if (!LABEL.test(label)) return `Name '${show(label)}' must be 1-63 characters long, each of which can only be alphanumeric or a hyphen`;
  }
  const last = labels.at(-1) ?? '';
  return labels.length > 1 && /^\d+$/.test(last) ? `TLD '${last}' must not be all numeric` : undefined;
}
