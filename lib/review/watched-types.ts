/** Types of which the values are looked at; a bucket's companions among them, as a name may be passed on from one to the next. */
const WATCHED = /^aws_(?:iam_|s3_|s3control_|dynamodb_|kms_|caller_identity$|partition$|region$)/;

/** Of these there may be thousands, and they say nothing about who may do what. */
const UNWATCHED = ['aws_s3_object', 'aws_s3_bucket_object', 'aws_s3_object_copy', 'aws_s3_objects', 'aws_dynamodb_table_item'];

/** Whether instances of a type bear on who may reach which data. */
export function isWatched(type: string): boolean {
  return WATCHED.test(type) && !UNWATCHED.includes(type);
}

/**
 * Attributes that the configuration may leave out and AWS or the provider then fills in: on create they are always unknown, which says
 * nothing. Of a nested block by a path.
 */
export const FILLED_IN: Readonly<Record<string, readonly string[]>> = {
  aws_iam_role: ['inline_policy', 'managed_policy_arns'],
  aws_s3_bucket: ['policy', 'server_side_encryption_configuration'],
  aws_dynamodb_table: ['server_side_encryption.0.kms_key_arn'],
  aws_kms_key: ['policy'],
  aws_kms_external_key: ['policy'],
  aws_kms_replica_key: ['policy'],
  aws_kms_replica_external_key: ['policy'],
};
