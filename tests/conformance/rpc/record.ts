import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { holdConversation } from './hold-conversation.ts';
import { ourCloud } from './our-cloud.ts';
import { recordings } from './recordings.ts';
import { zedCloud } from './zed-cloud.ts';

/** Writes what Debian's Neutron answers and announces in the conversations beside this file. With `--ours FOLDER`: what our server does, there. */
const { values } = parseArgs({ options: { ours: { type: 'string' }, only: { type: 'string' } } });
for (const { file, servicePlugins, conversation } of recordings.filter((each) => values.only === undefined || each.file === values.only)) {
  await using cloud = await (values.ours === undefined ? zedCloud : ourCloud)(servicePlugins);
  const recorded = await holdConversation(cloud, conversation, { report: (title) => void process.stderr.write(`${title}\n`) });
  writeFileSync(values.ours === undefined ? new URL(file, import.meta.url) : `${values.ours}/${file}`, `[\n${recorded.map((each) => JSON.stringify(each)).join(',\n')}\n]\n`);
}
