/** Keys of the one who sets things up. */
export interface Administrator {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/**
 * Fixed, so that a Terraform configuration or a script can name them. They open nothing but a sandbox, and that only to its own machine.
 */
export const ADMINISTRATOR: Administrator = {
  accessKeyId: 'AKIASANDBOXLOCALONLY',
  secretAccessKey: 'worth-nothing-outside-of-this-sandbox-00',
};
