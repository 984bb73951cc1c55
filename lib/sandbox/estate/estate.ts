import type { CompiledPolicy } from '../../isolation';

/** A role that tokens may begin sessions of. */
export interface EstateRole {
  /** `arn:<partition>:iam::<account>:role/<path and name>` */
  readonly arn: string;
  /** Seconds, 3,600 to 43,200. */
  readonly maxSessionDurationSeconds: number;
  readonly trust: CompiledPolicy;
  /** Inline and attached policies. */
  readonly identity: readonly CompiledPolicy[];
  readonly boundary?: CompiledPolicy;
  /** Tags of the role itself, which are principal tags of its sessions too. */
  readonly tags: Readonly<Record<string, string>>;
}

/** An IAM OIDC provider. */
export interface EstateProvider {
  /** `arn:<partition>:iam::<account>:oidc-provider/<issuer>` */
  readonly arn: string;
  /** The issuer as it stands in condition keys: the URL without `https://`, or of this machine without `http://`. */
  readonly issuer: string;
  /** Audiences it takes. */
  readonly clientIds: readonly string[];
}

/** What IAM holds: declared when the sandbox starts, or read from another server where Terraform has put it. */
export interface Estate {
  /** @param arn as the caller gives it; compared exactly */
  role(arn: string): Promise<EstateRole | undefined>;
  providers(): Promise<readonly EstateProvider[]>;
  /** A managed policy that a session may be limited by. */
  managedPolicy(arn: string): Promise<CompiledPolicy | undefined>;
}
