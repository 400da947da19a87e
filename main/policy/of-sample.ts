import { InputError } from '../records/input-error.ts';
import { ToolFault } from '../records/tools.ts';

/** Reads what a sample consists of. An image that cannot be read is a fault of the data, not of the policy, and tells of which sample. */
export async function ofSample<T>(id: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof InputError) throw new ToolFault('data', `sample ${id}: ${error.message}`, { cause: error });
    throw error;
  }
}
