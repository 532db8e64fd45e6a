/** Names of fields whose values are never logged, in any case, with or without a prefix ("admin_password"). */
const secretNames = 'password|passwd|secret|shared_secret|token|auth_token|x-auth-token|x-subject-token|x-service-token|authorization|x-instance-id-signature|private_key';

/** `"…password":"…"`, also inside JSON that is itself the text of a field (the quotes then carry backslashes). */
const secretField = new RegExp(String.raw`((\\*")(?:[\w.-]*[_.-])?(?:${secretNames})\2\s*:\s*\2)(?:(?!\2).)*(\2)`, 'gis');

/** Credentials in a URL: `rabbit://user:password@host`. */
const urlCredentials = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@"]*:)[^\s@/"]+@/gi;

/** A line of log as JSON text, without what must not be read by who reads logs. */
export function redact(line: string): string {
  return line.replace(secretField, '$1***$3').replace(urlCredentials, '$1***@');
}
