import { changesIam } from '../../../../lib/sandbox/upstream/iam-changes';

describe('changesIam', () => {
  it.each(['GetRole', 'ListRolePolicies', 'SimulatePrincipalPolicy', 'GenerateCredentialReport'])(
    'knows that %s only reads',
    (action) => {
      expect(changesIam(action)).toBe(false);
    },
  );

  it.each(['CreateRole', 'PutRolePolicy', 'DetachRolePolicy', 'DeletePolicyVersion', 'TagRole', 'CreateOrGetRole', 'get', ''])(
    "takes '%s' for a change",
    (action) => {
      expect(changesIam(action)).toBe(true);
    },
  );
});
