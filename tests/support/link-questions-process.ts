import { hasDefaultRoute, linkState } from '@neutrino/agent/privileged/link-state';

/** What the kernel answers in the network namespace that this process is in, or in one of its host's: a JSON list of the questions of the argument. */
export type LinkQuestion = { readonly link: string } | { readonly routeIn: string; readonly device: string; readonly version: 4 | 6 };

const questions = JSON.parse(process.argv[2] ?? '[]') as readonly LinkQuestion[];
process.stdout.write(JSON.stringify(questions.map((each) => ('link' in each ? linkState(each.link) : hasDefaultRoute(each.routeIn, each.device, each.version)))));
