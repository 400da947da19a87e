type RowBoxProps = { readonly label: string; readonly checked: boolean; readonly onChange: (checked: boolean) => void; /** Out of the order of Tab, where a key of the list does the same. */ readonly passedOver?: boolean };

/** The box that chooses a row. The browser's own: a list draws dozens at once, for which the library's take ten times as long. */
export const RowBox = ({ label, checked, onChange, passedOver = false }: RowBoxProps) => (
  <input type="checkbox" className="row-box" aria-label={label} checked={checked} onChange={({ currentTarget }) => onChange(currentTarget.checked)} {...(passedOver && { tabIndex: -1 })} />
);
