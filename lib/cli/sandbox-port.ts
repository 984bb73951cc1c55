/** Where the sandbox listens unless told otherwise, and where its tokens are asked for. */
export const DEFAULT_PORT = 4580;
