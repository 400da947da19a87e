import type { annotateContract } from '../../preload/contract/annotate.ts';
import { lackWords, lacksOf } from '../data/annotation-lacks.ts';
import { stepsOf } from '../data/edited-chain.ts';
import { InputError } from '../records/input-error.ts';
import type { Handlers } from '../rpc/serve.ts';
import { reviewed, submitted } from '../store/annotations/states.ts';
import { addSamples } from './annotate-add.ts';
import { changeSample } from './annotate-change.ts';
import { keptImage } from './annotate-image.ts';
import { SearchDesk } from './annotate-search.ts';
import { spoilSample } from './annotate-spoil.ts';
import type { EngineContext } from './context.ts';
import { forgetUploads } from './datasets-files.ts';

type Place = { readonly dataset: number; readonly ordinal: number };

export function annotateHandlers(context: EngineContext): Handlers<typeof annotateContract> {
  const { home, images, store, changes } = context;
  const { annotations, datasets } = store;
  const desk = new SearchDesk(context);
  // Who filters samples by their state sees them change, too: the topic of datasets brings that of annotations along.
  const tell = (dataset: number): void => changes.tell('datasets', String(dataset));

  const opened = ({ dataset, ordinal }: Place) => {
    const { sample, annotation } = annotations.get({ dataset, ordinal });
    const { source: _, chain: __, ...shown } = sample;
    const steps = [...stepsOf(sample)];
    return { ordinal, sample: shown, steps, annotation, lacks: [...lacksOf(sample, steps)], ...annotations.beside({ dataset, ordinal }), index: datasets.placeOf(dataset, ordinal), total: datasets.get(dataset).samples };
  };

  return {
    'annotate.list': () => datasets.list().map(({ id, name, samples }) => ({ dataset: id, name, samples, counts: annotations.counts(id) })),
    'annotate.page': ({ dataset, state, offset, limit }) => {
      const { total, rows } = datasets.page(dataset, { filter: state === null ? {} : { annotation: state }, offset, limit });
      const known = annotations.of(dataset, rows.map(({ ordinal }) => ordinal));
      return {
        total,
        counts: annotations.counts(dataset),
        rows: rows.map(({ ordinal, id, question, images, steps }) => {
          const { state: of = 'new', annotator = null, reviewer = null } = known.get(ordinal) ?? {};
          return { ordinal, id, question: question.slice(0, 300), image: images[0] ?? null, state: of, annotator, reviewer, steps };
        }),
      };
    },
    'annotate.open': opened,
    'annotate.change': async ({ author, change, before, ...place }) => {
      const refused = await changeSample(context, place, { author, change, before });
      tell(place.dataset);
      return { ...opened(place), refused };
    },
    'annotate.keepImage': async ({ upload }) => {
      const image = await keptImage(home, images, upload);
      await forgetUploads(home, [upload]);
      return { image };
    },
    'annotate.spoil': async ({ author, issues, strength, ...place }) => {
      await spoilSample(context, place, { author, issues, strength: strength as 1 | 2 | 3 });
      tell(place.dataset);
      return opened(place);
    },
    'annotate.undo': ({ dataset }) => {
      const undone = annotations.undo(dataset);
      if (undone) tell(dataset);
      return undone ?? null;
    },
    'annotate.redo': ({ dataset }) => {
      const redone = annotations.redo(dataset);
      if (redone) tell(dataset);
      return redone ?? null;
    },
    'annotate.add': async (wish, signal) => {
      const added = await addSamples(context, wish, signal);
      tell(added.dataset);
      return added;
    },
    'annotate.submit': ({ author, ...place }) => {
      annotations.change(place, { author, what: 'submit' }, ({ sample, annotation }) => {
        const after = submitted(annotation, author, `sample ${sample.id}`);
        const lacks = lacksOf(sample, stepsOf(sample));
        if (lacks.length > 0) throw new InputError({ thing: `sample ${sample.id}`, expected: 'a sample that lacks nothing', found: lacks.map((lack) => lackWords[lack]).join('; '), remedy: 'Add what is missing, and submit it again.' });
        // Lines of the list of answers that were left empty.
        return { sample: { ...sample, answers: sample.answers.filter((answer) => answer.trim() !== '') }, annotation: after };
      });
      tell(place.dataset);
      return { next: annotations.nextToAnnotate(place, author) };
    },
    'annotate.review': ({ dataset, ordinal, ...review }) => {
      const place = { dataset, ordinal };
      annotations.change(place, { author: review.author, what: 'review' }, ({ sample, annotation }) => ({ sample, annotation: reviewed(annotation, review, `sample ${sample.id}`) }));
      tell(dataset);
      return { next: annotations.nextToReview(place, review.author) };
    },
    'annotate.agreement': ({ dataset }) => {
      const { people, ...figures } = annotations.agreement(dataset);
      return { ...figures, people: [...people] };
    },
    'annotate.search': async ({ corpus, query }, signal) => ({ passages: (await desk.ask(corpus, query, signal)).map(({ title, text }) => ({ title, text })) }),
  };
}
