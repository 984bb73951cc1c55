import { ResourcePolicies } from '../../../../lib/sandbox/estate/resource-policies';
import { allow, BUCKET, document, TABLE } from '../gateway/fakes';

const TEXT = ` ${JSON.stringify(document(allow('*', '*', { Principal: '*', Sid: 'All' })))}\n`;

describe('ResourcePolicies', () => {
  it('keeps each policy as it was given, by ARN and under a new revision with each change', () => {
    const policies = new ResourcePolicies();
    const first = policies.set(TABLE, TEXT);
    expect(first).toMatchObject({ text: TEXT, compiled: { statements: [{ reference: { sid: 'All' } }] } });
    expect([policies.get(TABLE), policies.get(BUCKET), policies.get(`${TABLE}2`)]).toEqual([first, undefined, undefined]);
    const second = policies.set(TABLE, TEXT);
    expect(second.revisionId).not.toBe(first.revisionId);
    expect(policies.get(TABLE)).toBe(second);
  });

  it('names a policy by its ARN, or as it is told', () => {
    const policies = new ResourcePolicies();
    expect(policies.set(TABLE, TEXT).compiled.name).toContain(TABLE);
    expect(policies.set(TABLE, TEXT, 'mine').compiled.name).toBe('mine');
  });

  it('forgets a policy, and says whether there was one', () => {
    const policies = new ResourcePolicies();
    policies.set(TABLE, TEXT);
    expect([policies.delete(BUCKET), policies.delete(TABLE), policies.delete(TABLE)]).toEqual([false, true, false]);
    expect(policies.get(TABLE)).toBeUndefined();
  });

  it.each([
    ['no JSON', '{', SyntaxError],
    ['nothing', '', SyntaxError],
    ['no object', 'null', RangeError],
    ['no Statement', '{"Version":"2012-10-17"}', RangeError],
    ['a statement without principal', JSON.stringify(document(allow('*'))), RangeError],
    ['an element that is not known', JSON.stringify({ ...document(), Foreign: 1 }), RangeError],
  ])('fails with %s, and keeps what was there', (_, text, type) => {
    const policies = new ResourcePolicies();
    const kept = policies.set(TABLE, TEXT);
    expect(() => policies.set(TABLE, text)).toThrow(type);
    expect(policies.get(TABLE)).toBe(kept);
  });
});
