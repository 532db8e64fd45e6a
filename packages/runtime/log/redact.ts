const hidden = '***';

/** Names of fields whose values are never logged, in any case, also as the end of a longer name ("admin_password"). */
const secretWords = 'password|passwd|secret|secret_key|token|x-auth-token|x-subject-token|x-service-token|authorization|signature|private_key';
const secretName = new RegExp(`(?:^|[_.-])(?:${secretWords})$`, 'i');

/** `name: value` or `name=value` within a text, which may be JSON itself, then with quotes and backslashes before them. */
const secretInText = new RegExp(String.raw`((?<![a-z0-9])(?:${secretWords})\\*["']?\s*[:=]\s*)(?:(\\*["']).*?(?:(?<!\\)\2|$)|[^\s,;&"'}]+)`, 'gis');

/** Credentials in a URL: `rabbit://user:password@host`. What stands before the colon is not looked at: a long word would be, from each of its letters on. */
const urlCredentials = /(:\/\/[^\s:/@"]*:)[^\s/"]+@/g;

/** What every text that needs a closer look holds; most lines of a log do not. */
const suspicious = new RegExp(`${secretWords}|://`, 'i');

/** A line of log, as JSON, without what must not be read by who reads logs. It remains JSON. */
export function redact(line: string): string {
  if (!suspicious.test(line)) return line;
  return `${JSON.stringify(JSON.parse(line, (name, value: unknown) => redactField(name, value)))}\n`;
}

function redactField(name: string, value: unknown): unknown {
  if (secretName.test(name) && value !== null && typeof value !== 'boolean') return hidden;
  return typeof value === 'string' ? redactText(value) : value;
}

function redactText(text: string): string {
  return text.replace(secretInText, `$1${hidden}`).replace(urlCredentials, `$1${hidden}@`);
}
