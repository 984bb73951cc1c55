import { RequestContext } from '../../../../lib/isolation';

describe('RequestContext', () => {
  describe('closed', () => {
    test('gives the values of a key', () => {
      const context = RequestContext.closed({ 's3:prefix': 'a', 'aws:TagKeys': ['x', 'y'] });

      expect(context.get('s3:prefix')).toEqual(['a']);
      expect(context.get('aws:tagkeys')).toEqual(['x', 'y']);
    });

    test('takes a key that it does not name as absent', () => {
      expect(RequestContext.closed({ 's3:prefix': 'a' }).get('aws:tagkeys')).toBe('absent');
      expect(RequestContext.closed().get('aws:tagkeys')).toBe('absent');
    });
  });

  describe('open', () => {
    test('takes a key that it does not name as not modelled', () => {
      expect(RequestContext.open({ 's3:prefix': 'a' }).get('aws:tagkeys')).toBe('unmodelled');
      expect(RequestContext.open().get('aws:tagkeys')).toBe('unmodelled');
    });

    test('takes another key of a family that is wholly known as absent, and none of a like name', () => {
      const context = RequestContext.open({ 'aws:PrincipalTag/a': 'x' }, ['aws:PrincipalTag/']);

      for (const each of [context, context.with({ 's3:prefix': 'a' })]) {
        expect(each.get('aws:principaltag/a')).toEqual(['x']);
        expect(each.get('aws:principaltag/b')).toBe('absent');
        expect(each.get('aws:principaltags')).toBe('unmodelled');
        expect(each.get('aws:requesttag/a')).toBe('unmodelled');
      }
    });

    test('tells a key that is absent', () => {
      expect(RequestContext.open({ 's3:prefix': undefined }).get('s3:prefix')).toBe('absent');
    });
  });

  test('takes an empty list as absence and an empty text as a value', () => {
    const context = RequestContext.open({ 'aws:TagKeys': [], 's3:prefix': '' });

    expect(context.get('aws:tagkeys')).toBe('absent');
    expect(context.get('s3:prefix')).toEqual(['']);
  });

  test('reads names without case, the tag key within them too', () => {
    const context = RequestContext.closed({ 'AWS:PrincipalTag/Tenant_ID': 'Acme' });

    expect(context.get('aws:principaltag/tenant_id')).toEqual(['Acme']);
  });

  test('has no key by inheritance', () => {
    expect(RequestContext.closed().get('constructor')).toBe('absent');
    expect(RequestContext.open().get('__proto__')).toBe('unmodelled');
  });

  describe('with', () => {
    const context = RequestContext.closed({ 's3:prefix': 'a', 'aws:username': 'bob' });

    test('sets a key and leaves the others', () => {
      const changed = context.with({ 'S3:Prefix': 'b' });

      expect(changed.get('s3:prefix')).toEqual(['b']);
      expect(changed.get('aws:username')).toEqual(['bob']);
    });

    test('takes a key away', () => {
      expect(context.with({ 's3:prefix': undefined }).get('s3:prefix')).toBe('absent');
    });

    test('leaves the first as it was', () => {
      context.with({ 's3:prefix': 'b' });

      expect(context.get('s3:prefix')).toEqual(['a']);
    });

    test('stays open or closed', () => {
      expect(RequestContext.open().with({ 's3:prefix': 'a' }).get('aws:tagkeys')).toBe('unmodelled');
      expect(context.with({ 's3:prefix': 'b' }).get('aws:tagkeys')).toBe('absent');
    });
  });

  test('shows of a key that was set anew the last value, and nothing of one that was taken away', () => {
    const context = RequestContext.open({ 's3:prefix': 'a', 'aws:username': 'bob' }).with({
      'S3:Prefix': 'b',
      'aws:username': undefined,
    });

    expect(JSON.parse(JSON.stringify(context))).toEqual({ 'S3:Prefix': ['b'] });
  });

  test('reads entries that may change anew each time', () => {
    const entries = { 's3:prefix': 'a' };
    const before = RequestContext.open(entries);
    entries['s3:prefix'] = 'b';

    expect(before.get('s3:prefix')).toEqual(['a']);
    expect(RequestContext.open(entries).get('s3:prefix')).toEqual(['b']);
  });

  test('shares frozen entries, and nothing but them', () => {
    const entries = Object.freeze({ 's3:prefix': 'a' });
    const of = (user: string) => RequestContext.open({ 'aws:username': user }).with(entries);

    expect([of('bob'), of('eve')].map((context) => context.get('aws:username'))).toEqual([['bob'], ['eve']]);
    expect([of('bob'), of('eve')].map((context) => context.get('s3:prefix'))).toEqual([['a'], ['a']]);
    expect(RequestContext.open().get('s3:prefix')).toBe('unmodelled');
  });

  test('shows keys with values only', () => {
    const context = RequestContext.open({ 's3:prefix': 'a', 'aws:TagKeys': ['x', 'y'], 'aws:username': undefined });

    expect(JSON.parse(JSON.stringify(context))).toEqual({ 's3:prefix': ['a'], 'aws:TagKeys': ['x', 'y'] });
  });
});
