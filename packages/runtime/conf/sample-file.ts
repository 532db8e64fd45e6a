import type { Option, OptionSections } from '@neutrino/lib/conf/option';

const width = 96;

/** A sample file that shows every option, commented out, with its default. Reading it changes nothing. */
export function sampleFile(title: string, sections: OptionSections): string {
  const body = Object.entries(sections).map(([section, table]) =>
    [`[${section}]`, ...Object.entries(table).flatMap(([name, option]) => (option.deprecatedForRemoval === undefined ? ['', ...sampleOption(name, option)] : []))].join('\n'),
  );
  return `${[...wrapped(`${title} Every line that is commented out shows a default.`), '', body.join('\n\n')].join('\n')}\n`;
}

function sampleOption(name: string, option: Option<unknown>): readonly string[] {
  const older = option.deprecated === undefined ? '' : ` Former names: ${option.deprecated.join(', ')}.`;
  const value = option.sample ?? option.type.format(option.default);
  const mutable = option.mutable === true ? ' SIGHUP makes a new value take effect.' : '';
  return [...wrapped(`${option.help} (${option.type.kind})${older}${mutable}`), `#${name} = ${value}`.trimEnd()];
}

/** A comment in lines of at most `width` characters. */
function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of text.split(' ')) {
    if (line !== '#' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '#';
    }
    line = `${line} ${word}`;
  }
  return [...lines, line];
}
