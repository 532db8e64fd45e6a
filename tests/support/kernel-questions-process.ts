import { readLinks } from '@neutrino/agent/linux/link';
import { rulesetGeneration } from '@neutrino/agent/privileged/ruleset-generation';

/** What the kernel answers in the network namespace that this process is in. */
process.stdout.write(JSON.stringify({ links: [...readLinks().values()], generation: rulesetGeneration() }));
