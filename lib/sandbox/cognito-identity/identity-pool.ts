import { IDENTITY_POOL_ISSUER } from '../../policy';
import type { Place } from '../operation';

/** Issuer of the tokens of all identity pools: claim `iss`. */
export const IDENTITY_POOL_ISSUER_URL = `https://${IDENTITY_POOL_ISSUER}`;

/** An identity provider that a pool takes tokens of. */
export interface PoolLogin {
  /** Its name in `Logins`: the issuer without `https://`, or of this machine without `http://`. */
  readonly issuer: string;
  /** Audiences of its tokens. */
  readonly clientIds: readonly string[];
  /** Claims of its tokens by the key of the session tag that they become. */
  readonly principalTags: Readonly<Record<string, string>>;
}

/** A Cognito identity pool. */
export interface IdentityPool {
  /** `<region>:<uuid>` */
  readonly id: string;
  readonly logins: readonly PoolLogin[];
  /**
   * ARN of the role that the enhanced flow begins sessions of.
   *
   * @default - none: the enhanced flow is refused
   */
  readonly authenticatedRole?: string;
  /** Whether it gives tokens, for applications to take to STS. */
  readonly allowClassicFlow: boolean;
  /** Whether roles are chosen by rules or by the token. The sandbox has neither, so it gives nothing then. */
  readonly mapsRoles: boolean;
}

/** The pools of the account: declared when the sandbox starts, or read from another server where Terraform has put them. */
export interface IdentityPools {
  /** @param id as the caller gives it */
  find(id: string): Promise<IdentityPool | undefined>;
}

/** @see https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetId.html */
export function isIdentityPoolId(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z]{2,}(?:-[a-z]+)+-\d+:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
}

/** @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncognitoidentity.html */
export function identityPoolArn({ partition, account }: Pick<Place, 'partition' | 'account'>, id: string): string {
  return `arn:${partition}:cognito-identity:${id.split(':')[0] ?? ''}:${account}:identitypool/${id}`;
}
