/**
 * Whether an action of IAM may change what IAM holds, so that what was read before is out of date. What is not known to only read counts
 * as a change.
 *
 * @param action as in a request, without the service: `PutRolePolicy`
 */
export function changesIam(action: string): boolean {
  return !/^(?:Get|List|Simulate|Generate)/.test(action);
}
