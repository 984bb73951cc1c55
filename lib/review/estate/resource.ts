/** One resource or data source, one instance of it, at one moment: read from a plan, a state or a synthesised stack. */
export interface ResourceInstance {
  /** With module path and index: `module.shop["eu"].aws_iam_role.tenant[0]` */
  readonly address: string;
  readonly mode: 'managed' | 'data';
  /** `aws_iam_role` */
  readonly type: string;
  /** Attributes that are known; nested blocks are lists of objects. */
  readonly values: Readonly<Record<string, unknown>>;
  /**
   * Attributes that are known after apply only: `true`, or the same shape as the value with `true` at what is not known. Not those
   * that the configuration leaves to AWS to fill in, such as the policy of a key without one.
   */
  readonly unknown: Readonly<Record<string, unknown>>;
  /** Attributes that Terraform marks as sensitive, in the same way. */
  readonly sensitive: Readonly<Record<string, unknown>>;
  /**
   * Of an attribute that is known after apply: the instances it takes its value from, by address, in the order of the configuration;
   * where it is known, with the attribute it takes: `aws_iam_policy.table["read"].arn`. Empty if that cannot be told for sure.
   *
   * @param attribute of nested blocks a path: `rule.0.apply_server_side_encryption_by_default.0.kms_master_key_id`
   */
  readonly references: (attribute: string) => readonly string[];
}
