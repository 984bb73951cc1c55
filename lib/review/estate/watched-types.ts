/** Types of which the values are looked at; a bucket's companions among them, as a name may be passed on from one to the next. */
const WATCHED =
  /^(?:aws_(?:iam_|s3|dynamodb_|kms_|cognito_|caller_identity$|canonical_user_id$|partition$|region$)|awscc_(?:iam|s3[a-z]*|dynamodb|kms)_)/;

/** Of these there may be thousands, and they say nothing about who may do what to the data of tenants. */
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
  aws_s3_bucket: ['acl', 'grant', 'policy', 'replication_configuration', 'server_side_encryption_configuration'],
  aws_s3_bucket_acl: ['access_control_policy'],
  aws_s3_access_point: ['policy'],
  aws_dynamodb_table: ['server_side_encryption.0.kms_key_arn'],
  aws_kms_key: ['policy'],
  aws_kms_external_key: ['policy'],
  aws_kms_replica_key: ['policy'],
  aws_kms_replica_external_key: ['policy'],
};

/** Types of data and keys that are read. */
const READ = [
  'aws_s3_bucket',
  'aws_s3_bucket_acl',
  'aws_s3_bucket_inventory',
  'aws_s3_bucket_policy',
  'aws_s3_bucket_replication_configuration',
  'aws_s3_bucket_server_side_encryption_configuration',
  'aws_dynamodb_resource_policy',
  'aws_dynamodb_table',
  'aws_dynamodb_table_replica',
  'aws_kms_alias',
  'aws_kms_external_key',
  'aws_kms_key',
  'aws_kms_key_policy',
  'aws_kms_replica_external_key',
  'aws_kms_replica_key',
];

/**
 * Types that open nothing by themselves and hand on no item or object. A website shows what the bucket's policy or ACL makes public, logs
 * and metrics tell of requests, an access grants instance is empty.
 */
const TUNING = [
  'aws_s3_account_public_access_block',
  'aws_s3_bucket_accelerate_configuration',
  'aws_s3_bucket_analytics_configuration',
  'aws_s3_bucket_cors_configuration',
  'aws_s3_bucket_intelligent_tiering_configuration',
  'aws_s3_bucket_lifecycle_configuration',
  'aws_s3_bucket_logging',
  'aws_s3_bucket_metric',
  'aws_s3_bucket_notification',
  'aws_s3_bucket_object_lock_configuration',
  'aws_s3_bucket_ownership_controls',
  'aws_s3_bucket_public_access_block',
  'aws_s3_bucket_request_payment_configuration',
  'aws_s3_bucket_versioning',
  'aws_s3_bucket_website_configuration',
  'aws_s3control_access_grants_instance',
  'aws_s3control_access_grants_location',
  'aws_s3control_bucket_lifecycle_configuration',
  'aws_s3control_directory_bucket_access_point_scope',
  'aws_s3control_storage_lens_configuration',
  'aws_s3outposts_endpoint',
  'aws_s3tables_namespace',
  'aws_dynamodb_contributor_insights',
  'aws_dynamodb_tag',
  'aws_kms_ciphertext',
  'aws_kms_custom_key_store',
];

/** Of IAM everything else than these bears on roles; users and groups are nothing that a tenant becomes. */
const TUNING_AWSCC =
  /^awscc_(?:iam_(?:group|instance_profile|oidc_provider|saml_provider|server_certificate|service_linked_role|user|virtual_mfa_device)|s3_storage_lens)/;

/** Whether a type may open or hand on data in a way that is not looked at. */
export function isUnread(type: string): boolean {
  if (!isWatched(type) || /^aws_(?:iam_|cognito_|caller_identity$|canonical_user_id$|partition$|region$)/.test(type)) return false;
  return !READ.includes(type) && !TUNING.includes(type) && !TUNING_AWSCC.test(type);
}
