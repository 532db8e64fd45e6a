import { option, type OptionType } from '@neutrino/lib/conf/option';
import { list } from '@neutrino/lib/conf/option-types';

/** A helper and a protocol with which it may be asked for. */
export interface AllowedHelper {
  readonly helper: string;
  readonly protocol: string;
}

const allowedHelper: OptionType<AllowedHelper> = {
  kind: 'helper:protocol',
  format: ({ helper, protocol }) => `${helper}:${protocol}`,
  parse(text) {
    const [, helper, protocol] = /^([\w-]{1,64}):([a-z0-9-]+)$/.exec(text.trim()) ?? [];
    if (helper === undefined || protocol === undefined) throw new Error(`expected helper:protocol, found "${text.trim()}"`);
    return { helper, protocol };
  },
};

const pairs = (helper: string, ...protocols: readonly string[]): readonly AllowedHelper[] => protocols.map((protocol) => ({ helper, protocol }));

export const conntrackHelperOptions = {
  allowed_conntrack_helpers: option({
    type: list(allowedHelper),
    default: [
      ...pairs('amanda', 'tcp'), ...pairs('ftp', 'tcp'), ...pairs('h323', 'udp', 'tcp'), ...pairs('irc', 'tcp'), ...pairs('netbios-ns', 'udp'),
      ...pairs('pptp', 'tcp'), ...pairs('sane', 'tcp'), ...pairs('sip', 'udp', 'tcp'), ...pairs('snmp', 'udp'), ...pairs('tftp', 'udp'),
    ],
    help: 'The connection tracking helpers that routers can be given, each with a protocol; one with several protocols stands several times.',
  }),
};
