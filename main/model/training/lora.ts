import { InputError } from '../../records/input-error.ts';
import { type Adapter, type LoraMatrices, inTower, linearModules, loraModules, loraScale, targetModules } from '../folder/adapter.ts';
import type { ModelConfig } from '../folder/config.ts';
import { randomUniform } from './random-uniform.ts';

export type LoraSettings = {
  readonly rank: number;
  readonly alpha: number;
  /** Share of a module's inputs that its adapter does not see, another with each step. */
  readonly dropout: number;
  /** Scale α/√r instead of α/r. */
  readonly rslora: boolean;
  /**
   * Last parts of the names of modules: "q_proj", "self_attn.q_proj", "layers.3.mlp.up_proj"; or "all-linear". Those of the
   * vision tower begin with "visual.": "visual.qkv", "visual.blocks.0.attn.proj", "visual.all-linear".
   */
  readonly targetModules: readonly string[];
  /** Likewise; they have the last word. */
  readonly excludeModules: readonly string[];
};

export const loraDefaults: LoraSettings = { rank: 16, alpha: 32, dropout: 0, rslora: false, targetModules: ['all-linear'], excludeModules: [] };

const matches = (module: string, names: readonly string[]): boolean =>
  names.some((name) => {
    const part = name.replace(/^visual\./, '');
    return inTower(module) === inTower(name) && (part === 'all-linear' || module === name || module.endsWith(`.${part}`));
  });

/**
 * The modules that settings name, layer by layer: "layers.0.self_attn.q_proj", then the tower's: "visual.blocks.0.attn.qkv".
 * @throws InputError for a name that no module has, and when none is left.
 */
export function adaptedModules({ targetModules: wanted, excludeModules: excluded }: Pick<LoraSettings, 'targetModules' | 'excludeModules'>, config: ModelConfig): readonly string[] {
  const all = [...linearModules(config).keys()];
  for (const [field, names] of [['target_modules', wanted], ['exclude_modules', excluded]] as const) {
    const unknown = names.find((name) => !all.some((module) => matches(module, [name])));
    if (unknown !== undefined) {
      throw new InputError({
        thing: field, expected: `names of the text model's linear layers: ${[...loraModules(config).keys()].join(', ')}, or all-linear; of the vision tower's: visual.qkv, visual.all-linear and so on`, found: unknown, remedy: 'Correct the name.',
      });
    }
  }
  const modules = all.filter((module) => matches(module, wanted) && !matches(module, excluded));
  if (modules.length === 0) throw new InputError({ thing: 'target_modules', expected: 'one module or more that is not excluded', found: 'none', remedy: 'Exclude fewer modules.' });
  return modules;
}

/** An adapter that changes nothing yet: A uniform in ±1/√in (PEFT's kaiming_uniform with a = √5), B zero. */
export function newAdapter(settings: LoraSettings, config: ModelConfig, seed: number): Adapter {
  const { rank, alpha, rslora, dropout } = settings;
  const modules = adaptedModules(settings, config);
  const matrices = new Map(modules.map((module, i): [string, LoraMatrices] => {
    const [out, into] = linearModules(config).get(module) as readonly [number, number];
    return [module, { a: randomUniform(seed, i, rank * into, 1 / Math.sqrt(into)), b: new Float32Array(out * rank), rank, alpha, scale: loraScale(alpha, rank, rslora) }];
  }));
  return { rank, alpha, rslora, dropout, targetModules: targetModules(modules, config.text.layers), matrices };
}
