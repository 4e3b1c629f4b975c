// Control: what operators told an engine, kept across its restarts. It narrows what the engine may do
// by itself; it never widens what the protocol lets it do, with the one exception of `force`.

export interface Control {
  /** Hands off: the engine stands for no election by itself. Operators still may hand over. */
  readonly isPaused: boolean;
  /** It serves nobody and stands for nothing; it goes on answering appends and voting. */
  readonly isFenced: boolean;
}

export const noControl: Control = { isPaused: false, isFenced: false };

/** Durable on return. */
export interface ControlStore {
  load(): Control;
  write(control: Control): void;
}
