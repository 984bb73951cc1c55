/**
 * What a Terraform plan, a state or a synthesised stack says about who may reach which data: plain facts, the same whatever they were
 * read from. Nothing is judged here.
 */

/** A policy document that hangs somewhere, or the reason why it is not known. */
export type PolicyFact = KnownPolicy | UnknownPolicy;

export interface KnownPolicy {
  /** Where it comes from: the Terraform address, or the ARN of what is not in the plan. */
  readonly name: string;
  /** As parsed from JSON; not checked. */
  readonly document: unknown;
  /** Terraform marks it as sensitive, so nothing of it may be printed but its name. */
  readonly sensitive?: boolean;
}

export interface UnknownPolicy {
  readonly name: string;
  /** Why it is not known: `known after apply`, `not in the plan`, `no JSON` */
  readonly unknown: string;
  /** Of a gap: what it may bear on. @default - anything */
  readonly concerns?: Concern;
}

/** What something that could not be read may open. */
export interface Concern {
  readonly kind: 'role' | 'table' | 'bucket' | 'key';
  /** ARN, with `*` in the place of what is not known of it: `arn:aws:s3:::acme-data-*` @default - any */
  readonly arn?: string;
  /**
   * It may allow something by itself, as the resource policy of a table whose name is not known; otherwise the policies of a role decide
   * who reaches it.
   *
   * @default false
   */
  readonly grants?: boolean;
}

/** An IAM role with all that bears on what its sessions may do. */
export interface RoleFact {
  readonly address: string;
  readonly name: string;
  readonly arn: string;
  /** Tags of the role itself, those of the provider included. */
  readonly tags: Readonly<Record<string, string>>;
  readonly trust: PolicyFact;
  /** Inline and attached policies. */
  readonly identity: readonly PolicyFact[];
  readonly boundary?: PolicyFact;
}

export interface TableFact {
  /** Terraform address; of a table that only policies mention its ARN. */
  readonly address: string;
  readonly name: string;
  readonly arn: string;
  /** Attribute name of the partition key; unknown for tables that are not managed. */
  readonly partitionKey?: string;
  readonly indexes: readonly { readonly name: string; readonly partitionKey: string }[];
  /** The table's resource policy; none if left out. */
  readonly policy?: PolicyFact;
  /** ARN of its customer managed key. */
  readonly kmsKeyArn?: string;
}

export interface BucketFact {
  /** Terraform address; of a bucket that only policies mention its ARN. */
  readonly address: string;
  readonly name: string;
  readonly arn: string;
  /** The bucket policy; none if left out. */
  readonly policy?: PolicyFact;
  /** ARN of its customer managed key. */
  readonly kmsKeyArn?: string;
  /** @default false */
  readonly bucketKeyEnabled?: boolean;
}

export interface KeyFact {
  readonly address: string;
  readonly arn: string;
  readonly policy?: PolicyFact;
}

/** A custom attribute of a user pool that people may set for themselves. */
export interface WritableAttribute {
  /** Address of the app client that lets them. */
  readonly client: string;
  /** With `custom:` */
  readonly attribute: string;
  /** Whether it is so for sure. */
  readonly certain: boolean;
  readonly how: 'at sign-up' | 'later';
}

/** All facts of one moment: before a change, after it, or as deployed. */
export interface Estate {
  /** Where the estate lies, if it can be told. */
  readonly region?: string;
  readonly roles: readonly RoleFact[];
  readonly tables: readonly TableFact[];
  readonly buckets: readonly BucketFact[];
  readonly keys: readonly KeyFact[];
  /** Identity providers that it makes itself, by ARN; of identity pools `cognito-identity.amazonaws.com`. @default - none is known */
  readonly identityProviders?: readonly string[];
  /** What it says in its outputs that each role of users may do, encoded, by name. @default - nobody said */
  readonly declaredPermissions?: Readonly<Record<string, string>>;
  /** @default - none is known */
  readonly writableAttributes?: readonly WritableAttribute[];
  /** Claims that identity pools make session tags of, by the tag's key. @default - none is known */
  readonly mappedClaims?: Readonly<Record<string, readonly string[]>>;
  /** What could not be read and may matter, by name. */
  readonly gaps: readonly UnknownPolicy[];
}

/** A change that Terraform plans. */
export interface PlannedChange {
  readonly address: string;
  /** Where it was before, if the change moves it. */
  readonly previousAddress?: string;
  /** `aws_s3_bucket` */
  readonly type: string;
  readonly action: 'create' | 'update' | 'replace' | 'destroy' | 'forget' | 'no-op' | 'read';
  /** Attribute paths that force a replacement, as Terraform gives them: `name`, `attribute.0.type` */
  readonly replacedBecause: readonly string[];
  /** Attributes before and after, for what is said of vanished guards; sensitive values are replaced by `SENSITIVE`. */
  readonly before: Readonly<Record<string, unknown>> | undefined;
  readonly after: Readonly<Record<string, unknown>> | undefined;
}

/** What stands in the place of a value that Terraform marks as sensitive. */
export const SENSITIVE = '(sensitive)';

/** A plan: the estate before and after, and what changes between them. */
export interface PlanFacts {
  readonly kind: 'plan';
  readonly before: Estate;
  readonly after: Estate;
  readonly changes: readonly PlannedChange[];
}

/** A state: what is deployed now. */
export interface StateFacts {
  readonly kind: 'state';
  readonly now: Estate;
}
