import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, longest first. Begun late, one of them would run alone at the end. */
const long = [
  'integration/cli', 'integration/training-faults', 'e2e/accessibility', 'integration/webgpu', 'integration/training', 'integration/webgpu-training', 'integration/training-changes', 'integration/evaluation-kill',
  'integration/training-kl', 'integration/training-supervised', 'integration/sandbox/hostile', 'e2e/frame', 'e2e/annotate', 'integration/paper-run', 'e2e/journey', 'unit/model/training/training-model', 'e2e/train', 'e2e/hostile',
  'integration/app/contract', 'integration/sandbox/setup', 'integration/training-sampling', 'e2e/datasets', 'e2e/evaluate', 'integration/search/cli', 'e2e/keyboard', 'integration/sandbox/single-use', 'integration/data-cli',
].map((name) => `/test/${name}.test.ts`);

/** The long files first, the others as vitest orders them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = long.findIndex((name) => moduleId.endsWith(name));
      return at === -1 ? long.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
