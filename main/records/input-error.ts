/**
 * Something handed to the program cannot be used: a file, a setting, a message.
 * It names the thing, what was expected, what was found, and what the user can do about it.
 */
export type Expectation = {
  /** The file, tensor, field or setting, as the user knows it: "model-00001-of-00002.safetensors: tensor model.norm.weight". */
  readonly thing: string;
  readonly expected: string;
  readonly found: string;
  /** One sentence in the imperative: what to do. */
  readonly remedy: string;
};

export class InputError extends Error {
  readonly expectation: Expectation;

  constructor(expectation: Expectation, options?: { cause?: unknown }) {
    const { thing, expected, found, remedy } = expectation;
    super(`${thing}: expected ${expected}, found ${found}. ${remedy}`, options);
    this.name = 'InputError';
    this.expectation = expectation;
  }
}
