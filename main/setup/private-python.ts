import { z } from 'zod';

/** The Python that runs the agent's code: an interpreter of the system with packages of our own. Paths are absolute. */
export const privatePython = z.strictObject({
  /** Of the requirements file it was made from. */
  requirements: z.string(),
  version: z.string(),
  /** The interpreter itself, no link, no shim. */
  executable: z.string(),
  basePrefix: z.string(),
  /** Folders of the standard library. */
  standardLibrary: z.array(z.string()).readonly(),
  sitePackages: z.string(),
});

export type PrivatePython = Readonly<z.infer<typeof privatePython>>;
