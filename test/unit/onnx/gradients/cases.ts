import type { gradientRules } from '../../../../main/onnx/gradients/table.ts';
import { type RuleCases, elementwiseCases } from './elementwise-cases.ts';
import { fusedCases } from './fused-cases.ts';
import { indexingCases } from './indexing-cases.ts';
import { layoutCases } from './layout-cases.ts';
import { linearCases } from './linear-cases.ts';
import { normalisationCases } from './normalisation-cases.ts';
import { reductionCases } from './reduction-cases.ts';

/** Cases for every gradient rule; a rule without cases is a type error. */
export const gradientCases: Readonly<Record<keyof typeof gradientRules, RuleCases>> = {
  ...elementwiseCases,
  ...linearCases,
  ...reductionCases,
  ...layoutCases,
  ...indexingCases,
  ...normalisationCases,
  ...fusedCases,
};
