import { unique } from '../../policy/document';
import { type Attack, type AttackGroup, requester } from './attack';
import type { AwsAction } from './aws-actions';
import { commonArn } from './overlap';
import type { ContextEntries } from '../evaluator/request';
import { tenantSession, tenantsOf } from './session';
import { anyOfShape, fillTenant, type IsolationSubject, roleParts } from './subject';

/** What only a token or a SAML assertion begins: the trust policy alone decides, and the session's own permissions have no say. */
const WITHOUT_CALLER = ['sts:AssumeRoleWithWebIdentity', 'sts:AssumeRoleWithSAML'];

/** What a key does for who has the data; who has not got it gains nothing. */
const USES = /^kms:(?:Decrypt|Encrypt|GenerateDataKey|GenerateMac|ReEncrypt|Verify|Sign|DeriveSharedSecret)/;

/** Attacks on the isolation itself: identities, sessions, keys. Every action of IAM, STS and KMS on every shape of resource. */
export function* accountAttacks(subject: IsolationSubject, actions: readonly AwsAction[]): Generator<Attack> {
  const session = tenantSession(subject, tenantsOf(subject).attackers[0]);
  const request = requester(subject, session);
  const attack = (
    group: AttackGroup,
    { name, harmless }: AwsAction,
    resource: string,
    owner?: string,
    context?: ContextEntries,
  ): Attack => ({
    group,
    session,
    requests: [request(name, resource, owner, context)],
    demandsDenial: !harmless,
    behindSecondLock: false,
  });
  for (const action of actions) {
    if (action.service === 'iam') {
      for (const resource of identities(subject, action)) yield attack('identities', action, resource);
    } else if (action.service === 'sts' && !WITHOUT_CALLER.includes(action.name)) {
      for (const resource of roles(subject, action)) {
        yield attack('sessions', action, resource, resource === subject.roleArn ? resource : undefined);
      }
    } else if (action.service === 'kms') {
      for (const [resource, context] of keyUses(subject, action)) {
        const owner = subject.keyArns.includes(resource) ? resource : undefined;
        const made = attack('keys', action, resource, owner, context);
        yield USES.test(action.name) && !subject.guardedKeys ? { ...made, demandsDenial: false } : made;
      }
    }
  }
}

/** What a pattern of the policies reaches, of the shapes that an action takes. */
function namedOf(subject: IsolationSubject, { shapes }: AwsAction): string[] {
  const [tenant] = tenantsOf(subject).attackers;
  // What a lone star reaches is tried anyway.
  const patterns = subject.named.resources.filter((pattern) => pattern !== '*').map((pattern) => fillTenant(pattern, tenant));
  return unique(patterns.flatMap((pattern) => Object.values(shapes).flatMap((shape) => commonArn(pattern, shape) ?? [])));
}

function identities(subject: IsolationSubject, action: AwsAction): string[] {
  if (action.resources.length === 0) return ['*'];
  const { roleArn, identityProvider } = subject;
  const { partition } = roleParts(roleArn);
  const always = action.resources.flatMap((type) => {
    const any = anyOfShape(subject, action.shapes[type] ?? `arn:*:iam::*:${type}/*`);
    if (type === 'role') return [roleArn, any];
    if (type === 'oidc-provider') return [identityProvider, any];
    return type === 'policy' ? [any, `arn:${partition}:iam::aws:policy/AdministratorAccess`] : [any];
  });
  return unique([...always, ...namedOf(subject, action)]);
}

function roles(subject: IsolationSubject, action: AwsAction): string[] {
  if (action.resources.length === 0) return ['*'];
  const { roleArn } = subject;
  const always = action.resources.flatMap((type) => {
    const any = anyOfShape(subject, action.shapes[type] ?? `arn:*:sts::*:${type}/*`);
    return type === 'role' ? [roleArn, any, any.replace(/:\d{12}:/, ':210987654321:')] : [any];
  });
  // Of those that are known it is looked at what they reach.
  return unique([...always, ...namedOf(subject, action).filter((arn) => !subject.otherRoleArns.includes(arn))]);
}

/** Uses of keys: by the tenant itself, and through a service in the encryption context of what is not its own. */
function keyUses(subject: IsolationSubject, action: AwsAction): [resource: string, context?: ContextEntries][] {
  const { resources } = action;
  if (resources.length === 0) return [['*']];
  const uses: [string, ContextEntries?][] = resources.map((type) => [
    anyOfShape(subject, action.shapes[type] ?? `arn:*:kms:*:*:${type}/*`),
  ]);
  if (!resources.includes('key')) return uses;
  uses.push(
    ...namedOf(subject, action)
      .filter((named) => !subject.keyArns.includes(named))
      .map((named): [string] => [named]),
  );
  for (const key of subject.keyArns) {
    uses.push([key, { 'kms:EncryptionContextKeys': undefined }]);
    for (const [name, value] of foreignContexts(subject, key)) {
      const region = key.split(':')[3] ?? subject.region;
      uses.push(
        [key, { [name]: [value] }],
        [key, { [name]: [value], 'kms:ViaService': [`s3.${region}.amazonaws.com`], 'aws:ViaAWSService': 'true' }],
        [key, { [name]: [value], 'kms:ViaService': [`dynamodb.${region}.amazonaws.com`], 'aws:ViaAWSService': 'true' }],
      );
    }
  }
  return uses;
}

/** Encryption contexts of other tenants' objects, of other buckets and of other tables. */
function foreignContexts({ buckets }: IsolationSubject, key: string): [name: string, value: string][] {
  const objects = buckets
    .filter(({ kmsKeyArn, bucketKeyEnabled }) => kmsKeyArn === key && bucketKeyEnabled !== true)
    .flatMap(({ arn, prefixes }) => prefixes.map((prefix) => `${arn}/${fillTenant(prefix, 'b')}doc`));
  return [
    ...[...objects, 'arn:aws:s3:::some-other-bucket', 'arn:aws:s3:::some-other-bucket/doc'].map((arn): [string, string] => [
      'kms:EncryptionContext:aws:s3:arn',
      arn,
    ]),
    ['kms:EncryptionContext:aws:dynamodb:tableName', 'some-other-table'],
  ];
}
