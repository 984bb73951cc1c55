import { type Attack, awsActions, type SubjectPermissions, type SubjectPolicies } from '../../../lib/isolation';
import { ownOperations } from '../../../lib/isolation/attacks/own-operations';
import { permissionAttacks } from '../../../lib/isolation/attacks/permission-attacks';
import { Decider } from '../../../lib/isolation/decider';
import {
  bucketAccessPolicy,
  encodedRoles,
  type PolicyDocument,
  tableAccessPolicy,
  type TenantPermissions,
} from '../../../lib/policy';
import { BUCKET, given, policies, subject, TABLE } from '../../support/estates';
import { permissionMutantsOf } from '../../support/policy-mutants';

const PERMISSIONS: TenantPermissions = {
  roles: {
    viewer: ['read'],
    editor: ['read', 'write'],
    admin: ['read', 'write', 'delete'],
    uploader: ['bucket:write'],
    cleaner: ['table:read', 'table:delete', 'bucket:delete'],
  },
};
const KEY = 'aws:PrincipalTag/permissions';
const ROLES = Object.keys(PERMISSIONS.roles);

const DECLARED: SubjectPermissions = {
  tagKey: 'permissions',
  roles: encodedRoles(PERMISSIONS),
  guarded: true,
  named: ROLES,
  undeclared: [],
};
const SUBJECT = subject({ permissions: DECLARED });

interface Documents {
  readonly table: PolicyDocument;
  readonly bucket: PolicyDocument;
}

const RIGHT: Documents = {
  table: tableAccessPolicy({ tables: [{ tableArn: TABLE, indexArns: [`${TABLE}/index/by-date`] }], permissions: PERMISSIONS }),
  bucket: bucketAccessPolicy({ buckets: [{ bucketArn: BUCKET }], permissions: PERMISSIONS }),
};

/** Made once, as they are the same for every mutant. */
let attacks: readonly Attack[];
const OWN = [...ownOperations(SUBJECT)].filter(({ session, requests }) => session.tenant === 'a' && requests.length > 0);
beforeAll(async () => {
  attacks = [...permissionAttacks(SUBJECT, await awsActions())];
});

/** The first attack that gets through, in words. */
function witness(asked: SubjectPolicies): string | undefined {
  const decider = new Decider(SUBJECT, asked, 'role');
  const found = attacks.find((attack) => decider.attempt(attack).effect !== 'deny');
  return found && `${found.session?.name ?? ''}: ${found.requests[0]?.action ?? ''}`;
}

/** What a session cannot do though it should. */
function missing(asked: SubjectPolicies): string | undefined {
  const decider = new Decider(SUBJECT, asked, 'all');
  return OWN.find(({ requests }) => decider.all(requests).effect !== 'allow')?.name;
}

/** Mutants that change nothing for any session, by the reason why. */
const EQUIVALENT: Readonly<Record<string, readonly RegExp[]>> = {
  'whoever holds more than an action needs may do it by its own statement': [
    /^TenantItems(?:Batch|Delete|Write): takes over dynamodb:(?:BatchGetItem|ConditionCheckItem|GetItem|Query)$/,
    /^TenantItemsBatch: takes over dynamodb:(?:Delete|Put|Update)Item$/,
  ],
  'the place that is opened is of no permission that the action needs': [
    /^TenantItemsRead: holders \S+ -> r\S+\/\?\?\?$/,
    /^Tenant(?:ObjectsRead|Listing): holders \S+ -> \?\?\?\/r\S+$/,
    /^TenantItemsWrite: holders \S+ -> rw\?\/\?\?\?$/,
    /^TenantItemsDelete: holders \S+ -> r\?d\/\?\?\?$/,
    /^TenantObjectsWrite: holders \S+ -> \?\?\?\/.w.$/,
    /^TenantObjectsDelete: holders \S+ -> \?\?\?\/..d$/,
  ],
  'S3 gives a prefix for listings alone': [/^TenantListing: takes over s3:\w+$/],
  'the resource is objects, which nobody lists': [/^TenantObjects\w+: takes over s3:ListBucket$/],
  'parts of an upload are what who uploads may see, and who reads': [/^TenantObjectsRead: takes over s3:ListMultipartUploadParts$/],
};

describe('mutants of what permissions open', () => {
  it('let nobody do what it may not, and everybody what it may, as they are', () => {
    expect(witness(policies(RIGHT))).toBeUndefined();
    expect(missing(policies(RIGHT))).toBeUndefined();
    expect(attacks.length).toBeGreaterThan(3000);
  });

  it('are refuted with a witness, or because a role can do less, unless the suite says why not', () => {
    const kinds = ['table', 'bucket'] as const;
    const mutants = kinds.flatMap((kind) =>
      permissionMutantsOf(RIGHT[kind], KEY, ROLES).map(({ name, document }) => ({
        name,
        asked: policies({ ...RIGHT, [kind]: document }),
      })),
    );
    expect(mutants.length).toBeGreaterThan(200);
    const survivors = mutants
      .filter(({ asked }) => witness(asked) === undefined && missing(asked) === undefined)
      .map(({ name }) => name);
    process.stdout.write(`Mutants of permissions: ${mutants.length - survivors.length} of ${mutants.length} refuted\n`);
    const unexplained = survivors.filter(
      (name) =>
        !Object.values(EQUIVALENT)
          .flat()
          .some((pattern) => pattern.test(name)),
    );
    expect(unexplained).toEqual([]);
  });
});

describe('the witness', () => {
  it('fails to be missing where one place of the encoding is open', () => {
    const [mutant] = permissionMutantsOf(RIGHT.table, KEY, ROLES).filter(
      ({ name }) => name === 'TenantItemsWrite: holders rw-/??? -> r?-/???',
    );
    expect(witness(policies({ ...RIGHT, table: given(mutant).document }))).toBe(
      "tenant 'a' with permissions 'r--/r--': dynamodb:PutItem",
    );
  });
});
