import { issuerOfUrl } from '../../policy';
import type { Place } from '../operation';

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

export function tableArn({ partition, account, region }: Place, tableName: string): string {
  return `arn:${partition}:dynamodb:${region}:${account}:table/${tableName}`;
}

export function bucketArn({ partition }: Pick<Place, 'partition'>, bucketName: string): string {
  return `arn:${partition}:s3:::${bucketName}`;
}

/** ARN of the IAM OIDC provider of an issuer: without the scheme. */
export function identityProviderArn({ partition, account }: Pick<Place, 'partition' | 'account'>, issuerUrl: string): string {
  return `arn:${partition}:iam::${account}:oidc-provider/${issuerName(issuerUrl)}`;
}

/** The issuer as it stands in condition keys; of this machine over http. */
export function issuerName(issuerUrl: string): string {
  return issuerOfUrl(issuerUrl).replace(/^http:\/\//, '');
}

/** ARN of a role that is given by its name, or by its ARN. */
export function roleArnOf({ partition, account }: Pick<Place, 'partition' | 'account'>, role: string): string {
  return role.startsWith('arn:') ? role : `arn:${partition}:iam::${account}:role/${role}`;
}
