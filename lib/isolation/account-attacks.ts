import { type Attack, type AttackGroup, requester } from './attack';
import type { AwsAction } from './aws-actions';
import { commonExample } from './overlap';
import type { ContextEntries } from './request';
import { tenantSession, tenantsOf } from './session';
import { fillTenant, type IsolationSubject, roleParts } from './subject';

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

/** What a pattern of the policies reaches, of the types that an action takes. */
function namedOf(subject: IsolationSubject, service: string, types: readonly string[]): string[] {
  const { named, roleArn } = subject;
  const { partition } = roleParts(roleArn);
  // What a lone star reaches is tried anyway.
  const patterns = named.resources.filter((pattern) => pattern !== '*');
  const found = patterns.flatMap((pattern) =>
    types.map((type) =>
      commonExample(fillTenant(pattern, tenantsOf(subject).attackers[0]), `arn:${partition}:${service}:*:*:${type}/?*`),
    ),
  );
  return [...new Set(found)].filter((arn) => arn !== undefined);
}

function identities(subject: IsolationSubject, { resources }: AwsAction): string[] {
  if (resources.length === 0) return ['*'];
  return [...alwaysTried(subject, resources), ...namedOf(subject, 'iam', resources)];
}

function alwaysTried({ roleArn, identityProvider }: IsolationSubject, resources: readonly string[]): string[] {
  const { partition, account } = roleParts(roleArn);
  const iam = `arn:${partition}:iam::${account}:`;
  return resources.flatMap((type) => {
    if (type === 'role') return [roleArn, `${iam}role/any`, `${iam}role/tenant-any`];
    if (type === 'oidc-provider') return [identityProvider, `${iam}oidc-provider/any`];
    if (type === 'policy') return [`${iam}policy/any`, `arn:${partition}:iam::aws:policy/AdministratorAccess`];
    return [`${iam}${type}/any`];
  });
}

function roles(subject: IsolationSubject, { resources }: AwsAction): string[] {
  if (resources.length === 0) return ['*'];
  const { roleArn } = subject;
  const { partition, account } = roleParts(roleArn);
  const always = resources.flatMap((type) => {
    if (type === 'role') {
      return [roleArn, `arn:${partition}:iam::${account}:role/any`, `arn:${partition}:iam::210987654321:role/any`];
    }
    if (type === 'root-user') return [`arn:${partition}:iam::${account}:root`];
    return [`arn:${partition}:sts::${account}:${type}/any`];
  });
  // Of those that are known it is looked at what they reach.
  const named = namedOf(subject, 'iam', ['role']).filter((arn) => !subject.otherRoleArns.includes(arn));
  return resources.includes('role') ? [...always, ...named] : always;
}

/** Uses of keys: by the tenant itself, and through a service in the encryption context of what is not its own. */
function keyUses(subject: IsolationSubject, { resources }: AwsAction): [resource: string, context?: ContextEntries][] {
  if (resources.length === 0) return [['*']];
  const { partition, account } = roleParts(subject.roleArn);
  const kms = `arn:${partition}:kms:${subject.region}:${account}:`;
  const uses: [string, ContextEntries?][] = [];
  if (resources.includes('alias')) uses.push([`${kms}alias/any`]);
  if (!resources.includes('key')) return uses;
  uses.push([`${kms}key/01234567-89ab-cdef-0123-456789abcdef`]);
  for (const named of namedOf(subject, 'kms', ['key'])) if (!subject.keyArns.includes(named)) uses.push([named]);
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
