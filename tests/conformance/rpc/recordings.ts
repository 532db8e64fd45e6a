import { conversation, type Conversation } from './conversation.ts';
import { l3Conversation } from './l3-conversation.ts';

export interface Recording {
  readonly file: string;
  /** Of the server with which it is held. */
  readonly servicePlugins: string;
  readonly conversation: Conversation;
}

/** The conversations that were held with Debian's Neutron (Zed), and where what was said is. */
export const recordings: readonly Recording[] = [
  { file: 'zed.json', servicePlugins: '', conversation },
  { file: 'zed-l3.json', servicePlugins: 'router', conversation: l3Conversation },
];
