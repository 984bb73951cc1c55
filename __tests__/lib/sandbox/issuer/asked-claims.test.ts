import { bucketAccessPolicy, tableAccessPolicy, trustPolicy } from '../../../../lib/policy';
import { askedClaims } from '../../../../lib/sandbox/issuer/asked-claims';
import { AUDIENCE, BUCKET, ISSUER, PROVIDER, statements, TABLE } from '../../../support/estates';

const issuers = [{ identityProviderArn: PROVIDER, issuer: ISSUER, audiences: [AUDIENCE] }];

/** A policy with one condition. */
function comparing(Condition: object): object {
  return statements({ Sid: 'A', Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['*'], Condition: Condition as never });
}

describe('askedClaims', () => {
  it("finds tag, roles and pinning in this package's policies", () => {
    const permissions = { tagKey: 'scope', roles: { viewer: ['read'], admin: ['read', 'write', 'delete'] } } as const;
    const policies = [
      tableAccessPolicy({ tables: [{ tableArn: TABLE }], permissions }),
      bucketAccessPolicy({ buckets: [{ bucketArn: BUCKET }], permissions }),
    ];
    expect(askedClaims(trustPolicy({ issuers, permissions, rolePinning: true }), policies)).toEqual({
      permissions: { tagKey: 'scope', roles: ['viewer', 'admin'] },
      pinned: true,
    });
    expect(askedClaims(trustPolicy({ issuers, permissions }), policies)).toMatchObject({ pinned: false });
  });

  it('finds nothing where nothing is asked', () => {
    const policies = [
      tableAccessPolicy({ tables: [{ tableArn: TABLE }] }),
      bucketAccessPolicy({ buckets: [{ bucketArn: BUCKET }] }),
    ];
    expect(askedClaims(trustPolicy({ issuers }), policies)).toEqual({ pinned: false });
  });

  it.each<[name: string, condition: object, asked: object | undefined]>([
    ['a pattern', { StringLike: { 'aws:PrincipalTag/p': 'r??/???' } }, { tagKey: 'p', roles: [] }],
    ['another case of the key', { StringEquals: { 'AWS:principaltag/P': ['rwd/rwd'] } }, { tagKey: 'P', roles: [] }],
    [
      'names under the same tag, whatever its case',
      {
        StringLike: { 'aws:PrincipalTag/p': ['r--/r--', 'a', 'a*', 'no role'] },
        StringEquals: { 'aws:PrincipalTag/P': ['b', 'a'] },
      },
      { tagKey: 'p', roles: ['a', 'b'] },
    ],
    [
      'names of another tag beside',
      { StringLike: { 'aws:PrincipalTag/p': ['r--/r--', 'a'], 'aws:PrincipalTag/team': ['sales'] } },
      { tagKey: 'p', roles: ['a'] },
    ],
    ['names of another tag', { StringLike: { 'aws:PrincipalTag/team': ['sales', 'a/b'] } }, undefined],
    ['the tag of a resource', { StringLike: { 'aws:ResourceTag/p': 'r--/r--' } }, undefined],
    ['something longer', { StringLike: { 'aws:PrincipalTag/p': 'rwd/rwdx' } }, undefined],
  ])('of %s', (_, condition, asked) => {
    expect(askedClaims({}, [comparing(condition)]).permissions).toEqual(asked);
  });

  it('fails on nothing: what is no policy asks for nothing', () => {
    const none = [undefined, null, 'x', 1, [], {}, { Statement: null }, { Statement: [null, 'x', { Condition: 'x' }] }];
    for (const document of [...none, { Statement: { Condition: { StringLike: null, Bool: 'x', A: { b: null, c: [1] } } } }]) {
      expect(askedClaims(document, [document])).toEqual({ pinned: false });
    }
  });
});
