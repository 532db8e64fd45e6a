import { describe, expect, it } from 'vitest';
import { dnsDomain, dnsName } from './dns-name.ts';

describe('DNS names', () => {
  it('are labels of letters, digits and hyphens, whole or not', () => {
    for (const name of ['', 'vm1', 'VM-1', 'vm1.example.org', 'vm1.example.org.', '<project_id>.example.org.']) expect(dnsName(name), name).toBeUndefined();
  });

  it.each([
    ['-vm', 'hyphen'],
    ['vm..example', 'empty component'],
    ['vm_1', 'alphanumeric'],
    [`${'a'.repeat(64)}.org`, '1-63 characters'],
    ['10.0.0.1', 'TLD'],
    [`${'a.'.repeat(127)}abc`, 'FQDN limit'],
    [7, 'not a valid string'],
    [null, 'not a valid string'],
  ])('cannot be %s', (name, reason) => {
    expect(dnsName(name)).toContain(reason);
  });
});

describe('DNS domains', () => {
  it('end with a period', () => {
    expect(dnsDomain('example.org.')).toBeUndefined();
    expect(dnsDomain('')).toBeUndefined();
    expect(dnsDomain('example.org')).toContain('is not a FQDN');
  });

  it('leave room for a name', () => {
    expect(dnsDomain(`${'a.'.repeat(126)}ab.`)).toContain('Adding a sub-domain');
  });
});
