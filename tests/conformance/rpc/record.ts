import { writeFileSync } from 'node:fs';
import { conversation } from './conversation.ts';
import { holdConversation } from './hold-conversation.ts';
import { zedCloud } from './zed-cloud.ts';
import { ourCloud } from './our-cloud.ts';

/** Writes `zed.json`: what Debian's Neutron answers and announces in the conversation. With `--ours FILE`: what our server does. */
const [flag, file] = process.argv.slice(2);
await using cloud = await (flag === '--ours' ? ourCloud() : zedCloud());
const recorded = await holdConversation(cloud, conversation, { report: (title) => void process.stderr.write(`${title}\n`) });
writeFileSync(file ?? new URL('zed.json', import.meta.url), `[\n${recorded.map((each) => JSON.stringify(each)).join(',\n')}\n]\n`);
