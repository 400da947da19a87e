import type { Graph } from '../onnx/graph.ts';
import type { Provider } from './provider.ts';
import type { Tensor } from './tensor.ts';

/** Inputs, or outputs, of a graph by their names. */
export type Feeds = Readonly<Record<string, Tensor>>;

export type RuntimeSettings = {
  readonly provider: Provider;
  readonly threads: number;
  /** Off: threads sleep between two operators. Awake they find the next one sooner, on cores that nothing else has meanwhile. */
  readonly spinning?: false;
};

export type ProgramOptions = {
  /** Outputs that stay on the provider's device. */
  readonly onDevice?: readonly string[];
  /** Folder of the files that external initializers name; the model file is written there too. */
  readonly weightsFolder?: string;
  /**
   * Off: memory is taken tensor by tensor. onnxruntime otherwise plans one block for shapes that it has met before, and
   * takes it beside what the first run took: for large graphs almost twice the memory, and no faster.
   */
  readonly memoryPattern?: false;
};

/** What onnxruntime compiles: a graph, as its bytes or as the file that has them. */
export type Source = { readonly graph: Graph; readonly model: Uint8Array | string };

/** A session of onnxruntime's, whichever way it was opened. */
export type Session = {
  run(feeds: Feeds): Promise<Feeds>;
  release(): Promise<void>;
};

/** The settings of every session by onnxruntime's names; why denormals are zero: denormals.ts. */
export const sessionConfig = ({ spinning }: RuntimeSettings): Readonly<Record<string, string>> => ({
  'session.set_denormal_as_zero': '1',
  ...(spinning === false && { 'session.intra_op.allow_spinning': '0' }),
});

export const errorsAlone = 3;
