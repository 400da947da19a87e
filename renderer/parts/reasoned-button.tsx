import { Button, type ButtonProps, Tooltip } from '@mantine/core';

type ReasonedButtonProps = ButtonProps & { /** Why it cannot be done; then nothing happens. */ readonly why: string | undefined; readonly help: string; readonly onClick: () => void };

/** A button that keeps its place in the order of Tab when it is switched off, and says why under the pointer and the focus. */
export function ReasonedButton({ why, help, onClick, ...rest }: ReasonedButtonProps) {
  return (
    <Tooltip label={why ?? help} multiline maw={360} withArrow events={{ hover: true, focus: true, touch: true }}>
      <Button {...rest} {...(why !== undefined && { 'data-disabled': true })} aria-disabled={why !== undefined} onClick={() => why === undefined && onClick()} />
    </Tooltip>
  );
}
