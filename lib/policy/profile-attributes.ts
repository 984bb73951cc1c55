/**
 * Standard attributes of users, by the names of their claims, that people write of themselves, in Amazon Cognito by default and on the
 * profile pages of most providers. What they say decides nothing. Not `sub`, which nobody writes.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
 */
export const PROFILE_ATTRIBUTES: readonly string[] = [
  'address',
  'birthdate',
  'email',
  'family_name',
  'gender',
  'given_name',
  'locale',
  'middle_name',
  'name',
  'nickname',
  'phone_number',
  'picture',
  'preferred_username',
  'profile',
  'updated_at',
  'website',
  'zoneinfo',
];
