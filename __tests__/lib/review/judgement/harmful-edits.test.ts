import { awsActions, type AwsAction } from '../../../../lib/isolation';
import { exitCodeOf, readPlan, review, textReport } from '../../../../lib/review';
import { editedPlan, harmfulEdits, judgedEdits } from '../../../support/plan-edits';

const plain = (text: string) => text;
const PAINT = { bold: plain, red: plain, green: plain, yellow: plain, dim: plain };

describe.each(['default-create.json', 'default-update.json'])('the plan of the default stack, %s', (file) => {
  let actions: readonly AwsAction[];
  beforeAll(async () => {
    actions = await awsActions();
  });

  const judged = (text: string) => review(readPlan(text), actions);

  it('holds as it is', () => {
    const reviewed = judged(editedPlan(file, { edits: [] }));
    expect(textReport(reviewed, PAINT)[0]).toMatch(
      /^Tenant isolation holds after this plan: 1\d,\d{3} attacks tried, none allowed$/,
    );
    expect(exitCodeOf(reviewed)).toBe(0);
    expect(reviewed.roles.flatMap(({ own }) => own.filter(({ effect }) => effect !== 'allow'))).toEqual([]);
  });

  it.each(harmfulEdits().map((edit) => [edit.name, edit] as const))('fails with exit code 1 and a witness: %s', (_name, edit) => {
    if (edit.given !== undefined) expect(exitCodeOf(judged(editedPlan(file, { given: edit.given, edits: [] })))).toBe(0);
    const reviewed = judged(editedPlan(file, edit));
    expect(exitCodeOf(reviewed)).toBe(1);
    const report = textReport(reviewed, PAINT).join('\n');
    expect(report).toMatch(/^Tenant isolation is broken after this plan\n/);
    expect(report).toContain(edit.witness);
    expect(report).toContain(edit.because);
    const held = reviewed.roles.flatMap(({ attacks }) => attacks.leaks).every(({ withAllLocks }) => withAllLocks === 'deny');
    if (edit.bothLocks === true) expect(held).toBe(false);
  });

  it.each(judgedEdits().map((edit) => [edit.code, edit.name, edit] as const))('ends with %i: %s', (code, _name, edit) => {
    const reviewed = judged(editedPlan(file, edit));
    expect(textReport(reviewed, PAINT).join('\n')).toContain(edit.says);
    expect(exitCodeOf(reviewed)).toBe(code);
  });
});
