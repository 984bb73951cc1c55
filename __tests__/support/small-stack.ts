/** A stack as CDKTF would synthesise it, with the least that can be rehearsed; and an app that writes it at once, without CDKTF. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const SMALL = {
  account: '123456789012',
  role: 'arn:aws:iam::123456789012:role/small-tenant',
  issuer: 'login.small.example',
  table: 'small-data',
  bucket: 'small-files',
};

const PROVIDER = `arn:aws:iam::${SMALL.account}:oidc-provider/${SMALL.issuer}`;

/** The trust policy that asks for one session tag. */
export function smallTrust(tagKey = 'tenant_id'): object {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Session',
        Effect: 'Allow',
        Principal: { Federated: PROVIDER },
        Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
        Condition: {
          StringEquals: { [`${SMALL.issuer}:aud`]: '${var.audience}' },
          StringLike: { [`aws:RequestTag/${tagKey}`]: '?*' },
          StringNotLike: { [`aws:RequestTag/${tagKey}`]: '*/*' },
        },
      },
    ],
  };
}

const DATA = [`arn:aws:dynamodb:eu-central-1:${SMALL.account}:table/${SMALL.table}`];
const FILES = [`arn:aws:s3:::${SMALL.bucket}`, `arn:aws:s3:::${SMALL.bucket}/*`];

/** Gives every tenant everything, with a policy variable in the wrong place. */
export const CARELESS = {
  Version: '2012-10-17',
  Statement: [
    { Sid: 'Items', Effect: 'Allow', Action: 'dynamodb:*', Resource: DATA },
    { Sid: 'Objects', Effect: 'Allow', Action: 's3:*', Resource: FILES },
  ],
};

/** What a tenant may do, and no more. */
export function careful(tagKey = 'tenant_id'): object {
  const tenant = '${aws:PrincipalTag/' + tagKey + '}';
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
        Resource: DATA,
        Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': tenant }, Null: { 'dynamodb:LeadingKeys': 'false' } },
      },
      { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: `${FILES[0] ?? ''}/tenants/${tenant}/*` },
      {
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: FILES[0],
        Condition: { StringLike: { 's3:prefix': `tenants/${tenant}/*` } },
      },
    ],
  };
}

/** Blocks by type and name. */
export type SmallBlocks = Record<string, Record<string, Record<string, unknown>>>;

/** @param policy of the role @param more blocks, over the others */
export function smallStack(policy: object = careful(), trust: object = smallTrust(), more: SmallBlocks = {}) {
  const resource: SmallBlocks = {
    aws_iam_role: { tenant: { name: 'small-tenant', assume_role_policy: terraform(trust) } },
    aws_iam_role_policy: { tenant: { name: 'data', role: '${aws_iam_role.tenant.name}', policy: terraform(policy) } },
    aws_dynamodb_table: {
      data: {
        name: SMALL.table,
        hash_key: 'tenantId',
        range_key: 'dataId',
        attribute: [
          { name: 'tenantId', type: 'S' },
          { name: 'dataId', type: 'S' },
        ],
      },
    },
    aws_s3_bucket: { files: { bucket: SMALL.bucket } },
  };
  return {
    terraform: {},
    provider: { aws: [{ region: 'eu-central-1' }] },
    variable: { audience: { type: 'string', default: 'small-client' } },
    resource: { ...resource, ...more },
  };
}

/** A policy as JSON within Terraform's JSON, where the variables of IAM are escaped. */
function terraform(policy: object): string {
  return JSON.stringify(policy).replaceAll('${aws:', () => '$${aws:');
}

/**
 * Writes a `cdktf.json` whose app does nothing but put these stacks where CDKTF would.
 *
 * @param stacks by name
 */
export function writeSmallApp(folder: string, stacks: Readonly<Record<string, object>>): void {
  const manifest = Object.entries(stacks).map(([name]) => [name, { synthesizedStackPath: `${name}.tf.json`, annotations: [] }]);
  const files = { ...Object.fromEntries(Object.entries(stacks).map(([name, stack]) => [`${name}.tf.json`, stack])) };
  const written = { ...files, 'manifest.json': { stacks: Object.fromEntries(manifest) as object } };
  writeFileSync(
    join(folder, 'app.cjs'),
    `const { mkdirSync, writeFileSync } = require('node:fs');
    mkdirSync('cdktf.out', { recursive: true });
    for (const [name, content] of Object.entries(${JSON.stringify(written)})) writeFileSync('cdktf.out/' + name, JSON.stringify(content));
    console.log('the app speaks');`,
  );
  writeFileSync(join(folder, 'cdktf.json'), JSON.stringify({ app: `"${process.execPath}" app.cjs` }));
}
