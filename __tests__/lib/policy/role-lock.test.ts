import { denyRole } from '../../../lib/policy/role-lock';

const ROLE = 'arn:aws:iam::123456789012:role/tenants/app-tenant';

describe('denyRole', () => {
  it('names the role in a condition beside those of the statement, never as the principal', () => {
    const denied = { Action: ['s3:*'], Resource: ['*'], Condition: { Bool: { 'aws:SecureTransport': ['false'] } } };
    expect(denyRole({ roleArn: ROLE }, 'TlsOnly', denied)).toEqual({
      Sid: 'TlsOnly',
      Effect: 'Deny',
      Principal: '*',
      Action: ['s3:*'],
      Resource: ['*'],
      Condition: { ArnEquals: { 'aws:PrincipalArn': [ROLE] }, Bool: { 'aws:SecureTransport': ['false'] } },
    });
  });
});
