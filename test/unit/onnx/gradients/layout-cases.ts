import { type Dim, type Shape, addDims, elementCount } from '../../../../main/onnx/dim.ts';
import { expand } from '../../../../main/onnx/expressions.ts';
import type { Value } from '../../../../main/onnx/graph.ts';
import type { RuleCases } from './elementwise-cases.ts';

/** Another shape with as many elements: neighbouring axes merged, axes of size 1 put in. */
function regrouped(shape: Shape, merge: () => boolean): Shape {
  const groups: Dim[][] = [];
  for (const dim of shape) {
    const last = groups.at(-1);
    if (last && merge()) last.push(dim);
    else groups.push(merge() ? [dim] : [1, dim]);
  }
  return groups.map((group) => elementCount(group));
}

export const layoutCases = {
  Reshape: {
    random: (random) => {
      const shape = random.shape(random.int(0, 4));
      const target = regrouped(shape, () => random.chance(0.5));
      const [from, to] = random.chance(0.5) ? [shape, target] : [target, shape];
      // The symbols of a product have to come from an input each.
      return { shapes: [from, shape], build: (g, [x, same]) => [g.op('Reshape', [x, g.vector(to)], { allowzero: 1 }), same as Value] };
    },
    edges: {
      shapes: [[[2, 0, 3]], [[0]], [[0, 2]], [[2, 0]], [[3, 2]], [[1]]],
      of: (shapes) => ({ shapes, build: (g, [x]) => g.op('Reshape', [x, g.vector([...(x as Value).shape, 1].reverse())], { allowzero: 1 }) }),
    },
  },
  Transpose: {
    random: (random) => {
      const shape = random.shape(random.int(0, 5));
      const perm = random.permutation(shape.length);
      return { shapes: [shape], build: (g, [x]) => g.op('Transpose', [x], { perm }) };
    },
  },
  Concat: {
    random: (random) => {
      const shape = random.shape(random.int(1, 3));
      const at = random.int(0, shape.length - 1);
      const axis = random.signedAxis(at, shape.length);
      const parts = Array.from({ length: random.int(1, 4) }, () => shape.map((dim, i) => (i === at ? random.dim() : dim)));
      return { shapes: parts, build: (g, x) => g.op('Concat', x, { axis }) };
    },
  },
  Split: {
    random: (random) => {
      const shape = random.shape(random.int(1, 3));
      const at = random.int(0, shape.length - 1);
      const sizes = random.partition(shape[at] as Dim, random.int(1, 4));
      const axis = random.signedAxis(at, shape.length);
      // Every part flows back, or only some do.
      const used = sizes.map((_, i) => i === 0 || random.chance(0.6));
      return {
        shapes: [shape],
        build: (g, [x]) => (g.node('Split', [x, g.vector(sizes)], { axis }, sizes.length) as readonly Value[]).filter((_, i) => used[i]),
      };
    },
  },
  Slice: {
    random: (random) => {
      const shape = random.shape(random.int(1, 4));
      const cuts = shape.flatMap((dim, axis) => {
        const [start, length] = random.partition(dim, 3) as [Dim, Dim, Dim];
        return random.chance(0.7) ? [{ axis: random.signedAxis(axis, shape.length), start, end: addDims(start, length) }] : [];
      });
      return {
        shapes: [shape],
        build: (g, [x]) => g.op('Slice', [x, g.vector(cuts.map((c) => c.start)), g.vector(cuts.map((c) => c.end)), g.vector(cuts.map((c) => c.axis))]),
      };
    },
  },
  Pad: {
    random: (random) => {
      const shape = random.shape(random.int(1, 3));
      const pads = [...shape, ...shape].map((dim) => (random.chance(0.3) ? dim : random.int(0, 2)));
      return { shapes: [shape], build: (g, [x]) => g.op('Pad', [x, g.vector(pads)]) };
    },
  },
  Expand: {
    random: (random) => {
      // To a constant size of 0 nothing of x goes in; to a symbol that is 0 at run time its gradient is 0.
      const [shape = [], whole = []] = random.broadcasting(2).map((sizes) => sizes.map((dim) => (dim === 0 ? 2 : dim)));
      const target = whole.map((dim, i) => (dim === 1 ? (shape[i - whole.length + shape.length] ?? 1) : dim));
      const full = shape.length > target.length ? [...shape.slice(0, shape.length - target.length), ...target] : target;
      // The second input holds the symbols of the target.
      return { shapes: [shape, full], build: (g, [x, like]) => [expand(g, x as Value, full), like as Value] };
    },
  },
} satisfies Record<string, RuleCases>;
