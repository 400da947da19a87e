/** Whether the keyboard has ⌘ where others have Ctrl. */
const mac = /^Mac|^iP/.test(navigator.platform);

/** The keys that open the list of pages and actions, as this keyboard names them. */
export const findKeys = mac ? '⌘K' : 'Ctrl K';

/** The keys that send off a text of several lines. */
export const sendKeys = mac ? '⌘ Enter' : 'Ctrl Enter';

/** The keys that hand over a whole piece of work. */
export const submitKeys = mac ? '⌘⇧ Enter' : 'Ctrl ⇧ Enter';

export const undoKeys = mac ? '⌘Z' : 'Ctrl Z';
export const redoKeys = mac ? '⌘⇧Z' : 'Ctrl ⇧ Z';
