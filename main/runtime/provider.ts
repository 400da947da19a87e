/** Where graphs run: onnxruntime's execution providers that this program knows. */
export const providers = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;

export type Provider = (typeof providers)[number];

/** How a provider likes its weights and what it can keep on its device. */
export type ProviderTraits = {
  readonly title: string;
  /**
   * `inputs`: weights are inputs of one graph that serves every layer. `initializers`: they belong to the session.
   * The CPU runs float32 products faster from inputs and block-quantised ones only from initializers.
   */
  readonly weights: { readonly float: 'inputs' | 'initializers'; readonly quantized: 'inputs' | 'initializers' };
  /** Whether tensors can stay on the device between runs: on WebGPU through onnxruntime-node, on CUDA through the C interface. */
  readonly deviceTensors: boolean;
  /** Whether programs that run one after another have the same memory: the CPU's arena (shared-arena.ts), WebGPU's buffers. Elsewhere each keeps what it needed most. */
  readonly oneMemory: boolean;
  /** Whether the MultiHeadAttention operator can be trusted: WebGPU's was off by 0.05 on a software GPU (onnxruntime 1.30). */
  readonly streamingAttention: boolean;
  /** Whether it has LogSoftmax: WebGPU's logits would travel to the CPU and back for it (onnxruntime 1.30). */
  readonly logSoftmax: boolean;
};

export const providerTraits: Readonly<Record<Provider, ProviderTraits>> = {
  cpu: { title: 'CPU', weights: { float: 'inputs', quantized: 'initializers' }, deviceTensors: false, oneMemory: true, streamingAttention: true, logSoftmax: true },
  webgpu: { title: 'GPU by WebGPU (any vendor)', weights: { float: 'inputs', quantized: 'inputs' }, deviceTensors: true, oneMemory: true, streamingAttention: false, logSoftmax: false },
  cuda: { title: 'NVIDIA GPU by CUDA', weights: { float: 'inputs', quantized: 'inputs' }, deviceTensors: true, oneMemory: false, streamingAttention: true, logSoftmax: true },
  dml: { title: 'GPU by DirectML (Windows)', weights: { float: 'initializers', quantized: 'initializers' }, deviceTensors: false, oneMemory: false, streamingAttention: true, logSoftmax: true },
  coreml: { title: 'Apple GPU and Neural Engine by Core ML', weights: { float: 'initializers', quantized: 'initializers' }, deviceTensors: false, oneMemory: false, streamingAttention: true, logSoftmax: true },
};
