export const modelPath = (folder: string): string => `#/models?model=${encodeURIComponent(folder)}`;
export const adapterPath = (folder: string): string => `#/models?adapter=${encodeURIComponent(folder)}`;
