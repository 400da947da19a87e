import type { TFunction } from 'i18next';
import { type Field, faultOf } from './fields.ts';
import type { Json } from './values.ts';

const idOf = ({ key }: Field): string => key.replace('.', '_');

export const labelOf = (t: TFunction, field: Field): string => t(`train.fields.${idOf(field)}` as never, { defaultValue: field.key });

export const helpOf = (t: TFunction, field: Field): string => t(`train.fieldHelp.${idOf(field)}` as never, { defaultValue: field.help });

/** Why a value cannot be, as it is said at its field. */
export function faultWords(t: TFunction, field: Field, value: Json | undefined): string | undefined {
  const fault = faultOf(field, value);
  const { least, most, shortest, longest } = field;
  return fault && t(`train.form.faults.${fault}`, { least, most, shortest, longest });
}
