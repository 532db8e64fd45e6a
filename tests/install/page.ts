import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A piece of the page that an operator types or writes. */
export interface Block {
  /** Of the part of the page: "The controller". */
  readonly heading: string;
  /** "sh", "sql"; empty where the page names none. */
  readonly language: string;
  readonly text: string;
}

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/install.md'), 'utf8');

/** What the machine of the test has in another way: no network reaches it. */
const GIVEN = /^(apt-get install|git clone) /;

const blocks: readonly Block[] = PAGE.split(/^## /m).slice(1).flatMap((part) =>
  [...part.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, language = '', text = '']) => ({ heading: part.slice(0, part.indexOf('\n')), language, text })),
);

/** The one block below that heading in which the words are. Throws where the page has it no longer. */
export function block(heading: string, words: string): Block {
  const [found, ...others] = blocks.filter((candidate) => candidate.heading === heading && candidate.text.includes(words));
  if (found === undefined || others.length > 0) throw new Error(`docs/install.md has ${1 + others.length - (found ? 0 : 1)} blocks with "${words}" below "${heading}"`);
  return found;
}

/** The commands of such a block without those for which the machine would need the world. */
export function commands(heading: string, words: string): string {
  return block(heading, words).text.split('\n').filter((line) => !GIVEN.test(line)).join('\n');
}

/** The words in code style between two pieces of the page's text. */
export function wordsBetween(start: string, end: string): readonly string[] {
  const from = PAGE.indexOf(start);
  const to = PAGE.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`docs/install.md has nothing between "${start}" and "${end}"`);
  return [...PAGE.slice(from, to).matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
}
