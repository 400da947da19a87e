import { elementwiseGradients } from './elementwise.ts';
import { fusedGradients } from './fused.ts';
import { indexingGradients } from './indexing.ts';
import { layoutGradients } from './layout.ts';
import { linearGradients } from './linear.ts';
import { normalisationGradients } from './normalisation.ts';
import { reductionGradients } from './reduction.ts';
import type { GradientRule, GradientTable } from './rule.ts';

/** How a gradient passes back through each operator; an operator without a row may not stand between loss and weights. */
export const gradientRules = {
  ...elementwiseGradients,
  ...linearGradients,
  ...reductionGradients,
  ...layoutGradients,
  ...indexingGradients,
  ...normalisationGradients,
  ...fusedGradients,
} satisfies GradientTable;

export const gradientRuleOf = (op: string): GradientRule | undefined => (gradientRules as GradientTable)[op];
