/**
 * Replaces `$name`, `${name}` and `${section.name}` by what `lookUp` gives. `$$` and `\$` stand for one
 * dollar sign; a dollar sign before anything else stands for itself. Throws an Error that names the
 * reference where `lookUp` knows none.
 */
export function substitute(text: string, lookUp: (name: string) => string | undefined): string {
  return text.replaceAll('\\$', '$$$$').replace(/\$(?:(\$)|([_a-z][._a-z0-9]*)|\{([_a-z][._a-z0-9]*)\})/gi, (_, dollar?: string, bare?: string, braced?: string) => {
    if (dollar !== undefined) return '$';
    const name = bare ?? braced ?? '';
    const value = lookUp(name);
    if (value === undefined) throw new Error(`it refers to $${name}, and there is no such option (a dollar sign itself is written $$)`);
    return value;
  });
}
