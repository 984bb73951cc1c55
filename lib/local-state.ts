import { LocalBackend, TerraformBackend, type TerraformStack } from 'cdktf';

/**
 * Keeps a stack's state beside `cdktf.out`, where CDKTF's default backend keeps it, but without writing this machine's path into the
 * output. A backend that the stack has stays.
 */
export function keepLocalState(stack: TerraformStack): void {
  if (stack.node.findAll().some((child) => TerraformBackend.isBackend(child))) return;
  new LocalBackend(stack, { path: `../../../terraform.${stack.node.id}.tfstate` });
}
