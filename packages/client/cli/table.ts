/**
 * A table as OpenStack's clients draw it: a rule above, below and under the head, none between rows.
 * A cell of several lines makes its row so high. Control characters would upset a terminal and are left out.
 */
export function drawTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.split('\n').map(printable)));
  const widths = head.map((_, column) => Math.max(...cells.flatMap((row) => (row[column] ?? []).map(displayWidth))));
  const rule = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const lines = cells.map((row) => drawRow(row, widths));
  return `${[rule, lines[0], rule, ...lines.slice(1), rule].join('\n')}\n`;
}

function drawRow(cells: readonly (readonly string[])[], widths: readonly number[]): string {
  const height = Math.max(...cells.map((cell) => cell.length));
  return Array.from({ length: height }, (_, line) => {
    const texts = widths.map((width, column) => {
      const text = cells[column]?.[line] ?? '';
      return ` ${text}${' '.repeat(width - displayWidth(text))} `;
    });
    return `|${texts.join('|')}|`;
  }).join('\n');
}

const graphemes = new Intl.Segmenter();
/** Ideographs, Hangul, kana and emoji take two columns of a terminal. */
const wide = /\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Emoji_Presentation}|[\u3000-\u303f\uff01-\uff60]/u;

function displayWidth(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : [...graphemes.segment(text)].reduce((sum, { segment }) => sum + (wide.test(segment) ? 2 : 1), 0);
}

function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}
