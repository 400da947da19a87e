import './no-telemetry.ts';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { homeFolder } from '../home.ts';

/** What onnxruntime's CUDA provider consists of: wheels for Linux on x64, as pip names and checks them. The first is of onnxruntime-node's version. */
export const cudaPackages = [
  { title: 'onnxruntime for CUDA', name: 'onnxruntime-gpu', version: '1.30.0', mebibytes: 235, sha256: '4fbf0c5d7b5fb99266c2e8a802e3e64af68bdc383e0f3c7349b985f1087eedaa' },
  { title: 'CUDA', name: 'nvidia-cuda-runtime', version: '13.0.96', mebibytes: 2, sha256: '7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548' },
  { title: 'cuBLAS', name: 'nvidia-cublas', version: '13.0.2.14', mebibytes: 401, sha256: '0cf238ffdbe46c00cb9aa98e7bca745c223a5ca5a53e686ac8b3e5a08fe80d6c' },
  { title: 'cuRAND', name: 'nvidia-curand', version: '10.4.0.35', mebibytes: 57, sha256: '1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc' },
  { title: 'NVRTC', name: 'nvidia-cuda-nvrtc', version: '13.0.88', mebibytes: 86, sha256: 'ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575' },
  { title: 'cuDNN', name: 'nvidia-cudnn-cu13', version: '9.14.0.64', mebibytes: 335, sha256: '024ce8f7571d322991ecadbe82907df2e89b5f36597d03436413ec6dd7c9fe54' },
] as const;

/** The provider's own libraries, which onnxruntime looks for in the folder that it was itself loaded from. */
const ofProvider = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'] as const;

/** Those of NVIDIA that it names, each after what it needs itself. */
const ofNvidia = ['libcudart.so.13', 'libcublasLt.so.13', 'libcublas.so.13', 'libcurand.so.10', 'libnvrtc.so.13', 'libcudnn.so.9'];

/** File of onnxruntime's library on each system, as onnxruntime-node asks for it. */
const onnxruntimeFiles: Partial<Record<NodeJS.Platform, string>> = { darwin: 'libonnxruntime.1.dylib', win32: 'onnxruntime.dll' };
const onnxruntime = onnxruntimeFiles[process.platform] ?? 'libonnxruntime.so.1';

/** Files that have to be there. */
export const cudaLibraries = [onnxruntime, ...ofProvider, ...ofNvidia];

/** Where the libraries lie in the data folder, all beside one another, with a copy of onnxruntime. */
export const cudaFolder = (home: string): string => path.join(home, 'cuda');

/** File in that folder that names the packages: it is written last. */
export const cudaRecord = 'packages.json';

/** Whether CUDA's libraries can be had for this system. */
export const cudaPlatform = process.platform === 'linux' && process.arch === 'x64';

/** What the record says when all are there, for this version of the program. */
export const cudaRecordText = (): string => `${JSON.stringify(cudaPackages, undefined, 2)}\n`;

/** Whether a data folder has the libraries that this version of the program wants. */
export function hasCuda(home = homeFolder()): boolean {
  const folder = cudaFolder(home);
  const record = path.join(folder, cudaRecord);
  return existsSync(record) && readFileSync(record, 'utf8') === cudaRecordText() && cudaLibraries.every((file) => existsSync(path.join(folder, file)));
}

/** The onnxruntime that came with the program; of a packaged app it lies beside the archive, where the system’s loader finds it. */
export function shippedOnnxruntime(): string {
  const folder = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  return path.join(folder.replace(/app\.asar(?=[\\/])/, 'app.asar.unpacked'), 'bin', 'napi-v6', process.platform, process.arch, onnxruntime);
}

/**
 * Makes the libraries known to this process, for its first session on CUDA. What goes wrong, in words; undefined where all is well, also
 * where the data folder has none, but somebody has put them beside onnxruntime.
 */
export function openCuda(): string | undefined {
  // Products in TensorFloat-32 have 10 bits of a fraction: log-probabilities would be off by a hundredth.
  process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';
  if (!cudaPlatform) return undefined; // onnxruntime-node itself says that it has none
  if (!hasCuda()) return existsSync(path.join(path.dirname(shippedOnnxruntime()), ofProvider[0])) ? undefined : 'its libraries are not there';
  const driver = stay('libcuda.so.1');
  if (driver !== undefined) return `NVIDIA’s driver is not there: ${driver}`;
  const folder = cudaFolder(homeFolder());
  return ofNvidia.map((file) => stay(path.join(folder, file))).find((fault) => fault !== undefined);
}

// RTLD_NODELETE of glibc: node closes a library that turns out to be no addon, and these are to stay.
const neverClosed = 0x1000;

/**
 * Loads a library for the life of the process; others that name it find it, wherever they are. Says what went wrong.
 * A search path in the environment would be read only when a process starts, before it knows its data folder.
 */
function stay(file: string): string | undefined {
  try {
    process.dlopen({ exports: {} }, file, os.constants.dlopen.RTLD_LAZY | neverClosed);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    return /did not self-register/.test(message) ? undefined : message;
  }
}

// onnxruntime looks for a provider beside itself. So that nothing has to be written where the program is installed, its copy
// beside the libraries is loaded in its place, which has to be before onnxruntime-node asks for it: import this first.
const loadedCopy = cudaPlatform && hasCuda() ? path.join(cudaFolder(homeFolder()), onnxruntime) : undefined;
if (loadedCopy !== undefined) stay(loadedCopy);

/** The onnxruntime that this process runs. */
export const onnxruntimeLibrary = (): string => loadedCopy ?? shippedOnnxruntime();
