import { ResourcePolicies } from '../../../../lib/sandbox/estate/resource-policies';
import {
  bucketPolicyCall,
  checkTablePolicy,
  setTablePolicy,
  tablePolicyCall,
} from '../../../../lib/sandbox/gateway/resource-policy-calls';
import type { AwsAnswer } from '../../../../lib/sandbox/http/aws-request';
import { request } from '../../../support/signed-requests';
import { allow, BUCKET, document, TABLE, textOf } from './fakes';

const TEXT = JSON.stringify(document(allow('*', '*', { Principal: '*' })), null, 1);
const LIMIT = 20_480;
const OTHER = JSON.stringify(document(allow('s3:*', '*', { Principal: '*' })));

/** A policy of so many bytes, of which one letter has two. */
function ofBytes(bytes: number): string {
  const text = (Id: string) => JSON.stringify({ ...document(allow('*', '*', { Principal: '*' })), Id });
  return text(`é${'x'.repeat(bytes - Buffer.byteLength(text('é')))}`);
}

function bodyOf(answer: AwsAnswer | undefined): Record<string, string> {
  return JSON.parse(textOf(answer)) as Record<string, string>;
}

describe('bucketPolicyCall', () => {
  const call = (operation: string, policies: ResourcePolicies, body = '') =>
    bucketPolicyCall(operation, BUCKET, request({ body }), policies);

  it('keeps, gives and deletes the policy as it was given', () => {
    const policies = new ResourcePolicies();
    expect(call('s3:PutBucketPolicy', policies, TEXT)).toMatchObject({ status: 204, body: Buffer.alloc(0) });
    expect(policies.get(BUCKET)?.text).toBe(TEXT);
    expect(call('s3:GetBucketPolicy', policies)).toMatchObject({ status: 200, body: Buffer.from(TEXT) });
    expect(call('s3:DeleteBucketPolicy', policies)).toMatchObject({ status: 204, body: Buffer.alloc(0) });
    expect(policies.get(BUCKET)).toBeUndefined();
    expect(call('s3:DeleteBucketPolicy', policies)).toMatchObject({ status: 204 });
    expect(() => call('s3:GetBucketPolicy', policies)).toThrow(
      expect.objectContaining({ code: 'NoSuchBucketPolicy', status: 404 }) as Error,
    );
  });

  it.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['no policy', '{}'],
    ['a statement that is none', JSON.stringify(document({ Effect: 'Maybe' }))],
    [`${LIMIT + 1} bytes`, ofBytes(LIMIT + 1)],
  ])('refuses %s, and keeps what was there', (_, text) => {
    const policies = new ResourcePolicies();
    policies.set(BUCKET, TEXT);
    expect(() => call('s3:PutBucketPolicy', policies, text)).toThrow(
      expect.objectContaining({ code: 'MalformedPolicy', status: 400 }) as Error,
    );
    expect(policies.get(BUCKET)?.text).toBe(TEXT);
  });

  it(`takes a policy of ${LIMIT} bytes`, () => {
    expect(Buffer.byteLength(ofBytes(LIMIT))).toBe(LIMIT);
    expect(call('s3:PutBucketPolicy', new ResourcePolicies(), ofBytes(LIMIT))?.status).toBe(204);
  });

  it.each(['s3:GetObject', 's3:GetBucketPolicyStatus', 's3:DeleteBucket', 'PutBucketPolicy'])(
    'leaves %s to others',
    (operation) => {
      const policies = new ResourcePolicies();
      policies.set(BUCKET, TEXT);
      expect(call(operation, policies, TEXT)).toBeUndefined();
      expect(policies.get(BUCKET)?.text).toBe(TEXT);
    },
  );
});

describe('tablePolicyCall', () => {
  let policies: ResourcePolicies;

  beforeEach(() => {
    policies = new ResourcePolicies();
  });

  const call = (operation: string, input: object = {}) =>
    tablePolicyCall(`dynamodb:${operation}ResourcePolicy`, { ResourceArn: TABLE, ...input }, policies);
  const refused = (code: string) => expect.objectContaining({ code, status: 400 }) as Error;

  it('keeps, gives and deletes the policy as it was given, under a new revision with each change', () => {
    const first = bodyOf(call('Put', { Policy: TEXT }));
    expect(first).toEqual({ RevisionId: expect.stringMatching(/./) });
    expect(bodyOf(call('Get'))).toEqual({ Policy: TEXT, ...first });
    const second = bodyOf(call('Put', { Policy: TEXT }));
    expect(second).not.toEqual(first);
    expect(bodyOf(call('Delete'))).toEqual(second);
    expect(policies.get(TABLE)).toBeUndefined();
    expect(() => call('Get')).toThrow(refused('PolicyNotFoundException'));
  });

  it.each(['Put', 'Delete'])('%s takes the revision that is there, and fails with another one', (operation) => {
    const { RevisionId: old } = bodyOf(call('Put', { Policy: TEXT }));
    const { RevisionId: current } = bodyOf(call('Put', { Policy: TEXT }));
    for (const ExpectedRevisionId of [old, 'NO_POLICY', '']) {
      expect(() => call(operation, { Policy: OTHER, ExpectedRevisionId })).toThrow(refused('PolicyNotFoundException'));
    }
    expect(bodyOf(call('Get'))).toEqual({ Policy: TEXT, RevisionId: current });
    expect(call(operation, { Policy: OTHER, ExpectedRevisionId: current })?.status).toBe(200);
    expect(policies.get(TABLE)?.text).toBe(operation === 'Put' ? OTHER : undefined);
  });

  it('takes NO_POLICY where there is none, and fails with a revision', () => {
    for (const operation of ['Put', 'Delete']) {
      expect(() => call(operation, { Policy: TEXT, ExpectedRevisionId: '1' })).toThrow(refused('PolicyNotFoundException'));
    }
    expect(policies.get(TABLE)).toBeUndefined();
    expect(call('Put', { Policy: TEXT, ExpectedRevisionId: 'NO_POLICY' })?.status).toBe(200);
    expect(policies.get(TABLE)?.text).toBe(TEXT);
  });

  it.each([['no JSON'], [''], [undefined], ['null'], ['{}'], [{ Version: '2012-10-17' }], [ofBytes(LIMIT + 1)]])(
    'refuses a policy, and keeps what was there: %#',
    (Policy) => {
      call('Put', { Policy: TEXT });
      expect(() => call('Put', { Policy })).toThrow(refused('ValidationException'));
      expect(policies.get(TABLE)?.text).toBe(TEXT);
    },
  );

  it(`takes a policy of ${LIMIT} bytes`, () => {
    expect(call('Put', { Policy: ofBytes(LIMIT) })?.status).toBe(200);
    expect(() => call('Put', { Policy: ofBytes(LIMIT + 1) })).toThrow(refused('ValidationException'));
  });

  it('keeps the policies of tables apart', () => {
    call('Put', { Policy: TEXT });
    expect(() => call('Get', { ResourceArn: `${TABLE}2` })).toThrow(refused('PolicyNotFoundException'));
  });

  it.each([
    ['dynamodb:GetItem', { ResourceArn: TABLE }],
    ['dynamodb:PutResourcePolicy2', { ResourceArn: TABLE }],
    ['s3:PutResourcePolicy', { ResourceArn: TABLE }],
    ['dynamodb:GetResourcePolicy', {}],
  ])('leaves %s of %j to others', (operation, input) => {
    expect(tablePolicyCall(operation, { Policy: TEXT, ...input }, policies)).toBeUndefined();
    expect(policies.get(TABLE)).toBeUndefined();
  });
});

describe('the policy that a table is made with', () => {
  it(`may have ${LIMIT} bytes`, () => {
    const policies = new ResourcePolicies();
    checkTablePolicy(ofBytes(LIMIT));
    expect(setTablePolicy(policies, TABLE, ofBytes(LIMIT))).toBe(policies.get(TABLE));
  });

  it.each<[unknown, string]>([
    [{ Version: '2012-10-17' }, 'SerializationException'],
    [null, 'SerializationException'],
    ['{', 'ValidationException'],
    ['{}', 'ValidationException'],
    [ofBytes(LIMIT + 1), 'ValidationException'],
  ])('is refused: %#', (policy, code) => {
    expect(() => {
      checkTablePolicy(policy);
    }).toThrow(expect.objectContaining({ code, status: 400 }) as Error);
    const policies = new ResourcePolicies();
    if (typeof policy === 'string') expect(() => setTablePolicy(policies, TABLE, policy)).toThrow();
    expect(policies.get(TABLE)).toBeUndefined();
  });
});
