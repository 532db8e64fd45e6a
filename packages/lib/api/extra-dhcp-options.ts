import { InvalidInput } from '../exceptions/generic.ts';
import { NeutronError } from '../exceptions/neutron-error.ts';
import type { Json } from '../json.ts';
import type { Converter, Validator } from './attribute.ts';
import { inEachObject, show, toInteger } from './converters.ts';
import { line, objectOf, oneOf, orNull, string } from './validators.ts';

/** Options that forbid what the network announces, by having no value. */
const blankOptions = ['router', 'classless-static-route'];

const versions = { validate: oneOf([4, 6]) };
/** What goes into dnsmasq's own file must stay on its line. Null takes an option away. */
const option: Validator = objectOf({ opt_name: { validate: line(64), required: true }, opt_value: { validate: orNull(line(255)), required: true }, ip_version: versions });
const oneLine: Validator = (value) => (value === '' ? undefined : line(255)(value));
const blankOption: Validator = objectOf({
  opt_name: { validate: oneOf(blankOptions), required: true },
  opt_value: { validate: orNull((value) => string(255)(value) ?? oneLine(value)), required: true },
  ip_version: versions,
});

/** DHCP options of one port. Throws InvalidInput, as Neutron does. */
export const toDhcpOptions: Converter = (value) => {
  if (value === null) return [];
  if (!Array.isArray(value)) throw invalid(`'${show(value)}' is not a list`);
  const wrong = value.find((each: Json) => option(each) !== undefined && blankOption(each) !== undefined) as Json | undefined;
  if (wrong !== undefined) throw invalid(`No valid key specs matched for: ${show(wrong)}`);
  return inEachObject({ ip_version: toInteger })(value);
};

function invalid(message: string): NeutronError {
  return new NeutronError(InvalidInput, { error_message: message });
}
