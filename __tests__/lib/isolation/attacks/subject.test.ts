import { fillTenant, roleParts } from '../../../../lib/isolation/attacks/subject';

it.each([
  ['{tenant}', 'a', 'a'],
  ['TENANT#{tenant}#*', 'a', 'TENANT#a#*'],
  ['{tenant}/{tenant}', 'a', 'a/a'],
  ['shared', 'a', 'shared'],
])('puts the tenant in its place: %s, %s', (template, tenant, filled) => {
  expect(fillTenant(template, tenant)).toBe(filled);
});

it.each([
  ['arn:aws:iam::123456789012:role/tenant', { partition: 'aws', account: '123456789012', name: 'tenant' }],
  ['arn:aws-cn:iam::123456789012:role/tenants/eu/app', { partition: 'aws-cn', account: '123456789012', name: 'app' }],
])('knows the parts of a role’s ARN: %s', (arn, parts) => {
  expect(roleParts(arn)).toEqual(parts);
});
